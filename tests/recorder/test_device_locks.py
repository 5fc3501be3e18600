"""Hardware is held by one recorder at a time, however its address is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from femo_tui.errors import DeviceInUse
from femo_tui.recorder.device_locks import DeviceLocks
from tests.support.xvfb import xvfb_display


def test_a_screen_that_was_named_is_the_one_that_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with xvfb_display() as display:
        monkeypatch.setenv("DISPLAY", display)
        first, second = DeviceLocks(), DeviceLocks()
        first.take([f"mpv?display={display}.0&vo=x11"], {"operator": "ada", "participant": "S01"})
        for same in ("mpv", f"mpv?display={display}"):
            with pytest.raises(DeviceInUse, match="ada is recording S01"):
                second.take([same], {"operator": "bea"})
        second.take(["mpv?screen=1"], {"operator": "bea"})
        first.release()
        second.take(["mpv"], {"operator": "bea"})
        second.release()
