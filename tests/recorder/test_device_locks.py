"""Hardware is held by one recorder at a time, however its address is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from femo_tui.errors import DeviceInUse
from femo_tui.recorder.device_locks import DeviceLocks, Purpose
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


@pytest.mark.parametrize(
    ("purpose", "says"),
    [
        (Purpose.SETUP, "the set-up at maria's console holds it; leave it with esc"),
        (Purpose.CALIBRATION, "maria calibrates it; wait until that is done"),
        (Purpose.TEST_CARD, "maria shows the test card on it; wait until it is over"),
    ],
)
def test_a_device_that_no_run_holds_is_said_to_be_held_for_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, purpose: Purpose, says: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = DeviceLocks(), DeviceLocks()
    first.take(["serial:/dev/ttyACM7"], {"operator": "maria", "purpose": purpose})
    with pytest.raises(DeviceInUse) as refused:
        second.take(["serial:/dev/ttyACM7"], {"operator": "ada", "participant": "S01"})
    first.release()
    assert str(refused.value) == f"the serial port /dev/ttyACM7 is in use: {says}"
