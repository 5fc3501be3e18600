"""Faces made small and grey by a process beside the console, one after the other."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from femo_tui.model.thumbnail import Thumbnail
from femo_tui.processes import own_module

_HEAD = struct.Struct(">HH")


def thumbnails(paths: Iterable[Path], side: int) -> Iterator[Thumbnail | None]:
    """Yield each image `side` pixels long, None where it cannot be read; leaving off ends it."""
    maker = subprocess.Popen(
        own_module("femo_tui.faces.thumbnails", str(side)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what OpenCV says of a broken image would be on the screen
    )
    assert maker.stdin is not None
    assert maker.stdout is not None
    try:
        for path in paths:
            maker.stdin.write(os.fsencode(path) + b"\n")
            maker.stdin.flush()
            head = maker.stdout.read(_HEAD.size)
            if len(head) < _HEAD.size:
                return  # it has died: what is missing stays blank
            width, height = _HEAD.unpack(head)
            grey = maker.stdout.read(width * height)
            yield Thumbnail(0.0, width, height, grey, None) if grey else None
    except BrokenPipeError:
        return
    finally:
        maker.kill()
        maker.wait()
        for pipe in (maker.stdin, maker.stdout):
            with suppress(BrokenPipeError):
                pipe.close()
