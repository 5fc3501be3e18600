"""Camera URIs, and what making a camera loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from femo_tui.devices.camera import make_camera
from femo_tui.devices.camera_opencv import OpenCvCamera, VideoFile
from femo_tui.devices.camera_sim import SimCamera
from femo_tui.errors import UsageError
from femo_tui.model.clock import VirtualClock


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("camera:0", OpenCvCamera),
        ("camera:/dev/video0", OpenCvCamera),
        ("video:film.avi?loop=1", VideoFile),
        ("sim:", SimCamera),
        ("sim:7?fps=30&effect=0&size=640x480", SimCamera),
    ],
)
def test_each_scheme_has_its_camera(uri: str, kind: type[object]) -> None:
    assert isinstance(make_camera(uri, VirtualClock()), kind)


def test_none_is_no_camera() -> None:
    assert make_camera("none", VirtualClock()) is None


def test_a_simulated_camera_tells_what_was_asked_of_it() -> None:
    camera = make_camera("sim:7?fps=30&size=640x480", VirtualClock())
    assert camera is not None
    info = camera.open()
    assert (info.simulated, info.rate_hz) == (True, 30)
    shot = camera.read()
    assert shot is not None
    assert shot[1].shape == (480, 640, 3)


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("webcam:0", "unknown"),
        ("camera:", "camera:0"),
        ("video:", "video:FILE"),
        ("sim:anna", "no seed"),
        ("sim:1?fps=0", "fps=0"),
        ("sim:1?fps=fast", "not a number"),
        ("sim:1?size=big", "720x480"),
        ("video:film.avi?loop=yes", "loop=yes"),
        ("camera:0?gain=3", "gain"),
    ],
)
def test_a_wrong_uri_is_refused_with_what_is_wrong(uri: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        make_camera(uri, VirtualClock())


def test_making_a_camera_does_not_load_opencv() -> None:
    code = (
        "import sys; from femo_tui.devices.camera import make_camera;"
        "from femo_tui.model.clock import HostClock;"
        "make_camera('camera:0', HostClock()); make_camera('video:x.avi', HostClock());"
        "print('cv2' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
