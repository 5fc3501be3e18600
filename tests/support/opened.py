"""A bundle as a stranger opens it: with tar, age, sha256sum and the validators, without femo."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.needed import need

VALIDATOR = Path(sys.executable).with_name("bids-validator-deno")
NO_NETWORK = ("unshare", "--net")


def unpack(bundle: Path, into: Path) -> Path:
    """Unpack a plain bundle; return its top folder."""
    into.mkdir(parents=True)
    subprocess.run(["tar", "-xf", bundle, "-C", into], check=True)
    (top,) = into.iterdir()
    return top


def decrypt(bundle: Path, identity: Path, to: Path) -> Path:
    """Decrypt a bundle with the `age` tool."""
    need("age")
    subprocess.run(["age", "-d", "-i", identity, "-o", to, bundle], check=True)
    return to


def check_sums(top: Path) -> None:
    """Have `sha256sum` check the bag."""
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        done = subprocess.run(
            ["sha256sum", "--quiet", "--strict", "-c", manifest],
            cwd=top,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def check_bag(top: Path) -> None:
    """Have the Library of Congress' tool check the bag."""
    import bagit

    bagit.Bag(str(top)).validate()


def check_bids(top: Path) -> None:
    """Have BIDS' own validator find no error and no warning, reading every row, without network."""
    offline = NO_NETWORK if os.geteuid() == 0 and shutil.which("unshare") else ()
    done = subprocess.run(
        [*offline, VALIDATOR, "--max-rows", "-1", "--json", top / "data"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)["issues"]["issues"]
    assert [(i["severity"], i["code"], i.get("location")) for i in found] == []
    assert done.returncode == 0, done.stderr


def contents(top: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of every file, unpacked where it is compressed."""
    for path in sorted(top.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            name = path.relative_to(top).as_posix()
            yield name, gzip.decompress(content) if path.suffix == ".gz" else content
