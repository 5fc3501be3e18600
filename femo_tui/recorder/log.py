"""The recorder's own log in the run folder: what the program did, never what a person is called."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from femo_tui.store.files import explained, open_private
from femo_tui.store.layout import RECORDER_LOG

log = logging.getLogger("femo.recorder")


@contextmanager
def logging_to(run_dir: Path) -> Iterator[None]:
    """Write the recorder's log into a run folder; a defect leaves its traceback there."""
    path = run_dir / RECORDER_LOG
    with explained(path):
        descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        handler = logging.StreamHandler(file)
        formatter = logging.Formatter("%(asctime)sZ %(levelname)s %(message)s")
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        try:
            yield
        except BaseException:
            log.exception("the recorder stopped in the middle of the run")
            raise
        finally:
            log.removeHandler(handler)
