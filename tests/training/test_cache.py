"""The feature cache: nothing is lost, nothing torn is believed, whatever ends its writer."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from femo_tui.errors import StoreError
from femo_tui.store.feature_files import forget
from femo_tui.training.cache import FeatureCache
from femo_tui.training.engines import Engine

DIM = 256
ENGINE = Engine("test-engine", DIM, lambda: lambda image: np.zeros(DIM, np.float32))
# Writes rows whose content follows from their number, and says which it has handed over.
WRITER = """
import sys, hashlib, numpy as np
from pathlib import Path
from femo_tui.training.cache import FeatureCache
from femo_tui.training.engines import Engine
cache = FeatureCache(Path(sys.argv[1]), Engine("test-engine", 256, None))
for number in range(int(sys.argv[2]), 10**6):
    key = hashlib.sha256(str(number).encode()).digest()
    cache.add({key: np.full(256, number, np.float32)})
    print(number, flush=True)
"""


def key(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def row(number: int) -> np.ndarray:
    return np.full(DIM, number, np.float32)


def test_what_was_added_is_there_for_the_next_reader(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, ENGINE)
    cache.add({key(1): row(1), key(2): row(2)})
    cache.add({key(2): row(99), key(3): row(3)})  # the second is cached already
    for reader in (cache, FeatureCache(tmp_path, ENGINE)):
        assert len(reader) == 3
        assert reader.rows([key(3), key(2)])[:, 0].tolist() == [3, 2]
        assert key(4) not in reader
    assert (cache.path.stat().st_mode & 0o777, tmp_path.stat().st_size > 0) == (0o600, True)


def test_a_torn_end_is_passed_over_and_cut_off(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, ENGINE)
    cache.add({key(1): row(1), key(2): row(2)})
    whole = cache.path.stat().st_size
    for cut in (1, 500, DIM * 4):
        os.truncate(cache.path, whole - cut)
        again = FeatureCache(tmp_path, ENGINE)
        assert key(1) in again
        assert key(2) not in again
        again.add({key(2): row(2)})
        assert again.path.stat().st_size == whole
        assert FeatureCache(tmp_path, ENGINE).rows([key(2)])[0, 0] == 2


def test_a_damaged_record_is_computed_again(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, ENGINE)
    cache.add({key(number): row(number) for number in range(3)})
    content = bytearray(cache.path.read_bytes())
    content[len(content) // 2] ^= 1
    cache.path.write_bytes(content)
    again = FeatureCache(tmp_path, ENGINE)
    assert [key(number) in again for number in range(3)] == [True, False, True]


def test_another_file_is_refused(tmp_path: Path) -> None:
    FeatureCache(tmp_path, ENGINE).path.write_bytes(b"something else altogether")
    with pytest.raises(StoreError, match="no features"):
        FeatureCache(tmp_path, ENGINE)


def test_images_can_be_forgotten(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, ENGINE)
    cache.add({key(number): row(number) for number in range(5)})
    cache.close()
    assert forget(tmp_path, {key(1), key(4), key(77)}) == 2
    left = FeatureCache(tmp_path, ENGINE)
    assert [key(number) in left for number in range(5)] == [True, False, True, True, False]
    assert left.rows([key(3)])[0, 0] == 3
    assert key(1) not in left.path.read_bytes()


def test_kill_9_at_20_moments_loses_nothing_that_was_handed_over(tmp_path: Path) -> None:
    told = 0
    for seed in range(20):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(told)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(random.Random(seed).uniform(0, 0.05))  # the random moment itself
            writer.send_signal(signal.SIGKILL)
            lines = writer.stdout.read().splitlines()
        told = max([told, *(int(line) + 1 for line in lines if line.isdigit())])
        cache = FeatureCache(tmp_path, ENGINE)
        found = cache.rows(key(number) for number in range(told))
        assert (found == np.arange(told, dtype=np.float32)[:, None]).all()
        cache.close()
    assert told > 20
