"""The sensor's port and the camera, and the rights to them. Neither is opened.

Opening a port restarts an Arduino, opening a camera takes it from whoever uses it: what they give
is seen in the set-up, by `femo calibrate`, or in a rehearsal.
"""

from __future__ import annotations

import grp
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from femo_tui.devices.base import parse_uri
from femo_tui.devices.camera import CAMERA_OPTIONS
from femo_tui.devices.gsr import GSR_OPTIONS
from femo_tui.devices.gsr_auto import seen_ports
from femo_tui.devices.gsr_ports import lasting_name
from femo_tui.doctor.finding import Finding, Subject, config_line, look, missing, ok, refused
from femo_tui.doctor.in_use import in_use
from femo_tui.errors import FemoError

_CAMERAS = Path("/sys/class/video4linux")
_PORT_GROUPS = ("dialout", "uucp")  # Debian's and Arch's
_CAMERA_GROUPS = ("video",)


def look_at_gsr(subject: Subject) -> Finding:
    uri = subject.config.gsr
    try:
        wanted = parse_uri(uri, GSR_OPTIONS)
    except FemoError as problem:
        return refused("gsr", problem)
    match wanted.scheme:
        case "none":
            return ok("gsr", "none: no skin conductance is recorded")
        case "sim":
            return look("gsr", "sim: SIMULATED", config_line("gsr", "serial:auto"))
        case "replay":
            return _file("gsr", wanted.path, config_line("gsr", "serial:auto"))
        case "lsl":
            return look("gsr", f"stream {wanted.path}, not listened for", "femo   # 3 tries it")
    if wanted.path == "auto":
        return _found_ports()
    return _port(wanted.path)


def look_at_camera(subject: Subject) -> Finding:
    uri = subject.config.camera
    try:
        wanted = parse_uri(uri, CAMERA_OPTIONS)
    except FemoError as problem:
        return refused("camera", problem)
    match wanted.scheme:
        case "none":
            return ok("camera", "none: no faces are recorded")
        case "sim":
            return look("camera", "sim: SIMULATED", config_line("camera", "camera:0"))
        case "video":
            return _file("camera", wanted.path, config_line("camera", "camera:0"))
    device = Path(f"/dev/video{wanted.path}" if wanted.path.isdigit() else wanted.path)
    if not device.exists():
        return _no_camera(device)
    if used := in_use(uri):
        return ok("camera", f"{device}, {used}", device=str(device))
    if not os.access(device, os.R_OK | os.W_OK):
        return missing("camera", f"{device} may not be opened by this user", _join([device]))
    return ok("camera", f"{device} {_camera_name(device)}".rstrip(), device=str(device))


def look_at_groups(subject: Subject) -> Finding:
    """Tell whether this user is in the groups that may open the devices in use."""
    if os.geteuid() == 0:
        return ok("groups", "root may open every device")
    wanted = [
        *(_groups_there(_PORT_GROUPS) if subject.config.gsr.startswith("serial:") else []),
        *(_groups_there(_CAMERA_GROUPS) if subject.config.camera.startswith("camera:") else []),
    ]
    have = {_group_name(number) for number in {*os.getgroups(), os.getegid()}}
    lacking = [name for name in wanted if name not in have]
    if not lacking:
        return ok("groups", f"this user is in {', '.join(wanted)}" if wanted else "none is needed")
    found = f"this user is not in {', '.join(lacking)}"
    return look("groups", found, _usermod(lacking), lacking=lacking)


def _found_ports() -> Finding:
    seen = seen_ports()
    known = [port.path for port in seen if port.is_known]
    looked_at = known or [port.path for port in seen]
    if not looked_at:
        return missing(
            "gsr",
            "no serial port: no sensor is plugged in",
            "plug it in; where none is wanted: " + config_line("gsr", "none"),
            ports=[],
        )
    closed = [Path(path) for path in looked_at if not os.access(path, os.R_OK | os.W_OK)]
    names = ", ".join(port.named() for port in seen if port.path in looked_at)
    if len(closed) == len(looked_at):
        found = f"{names} may not be opened by this user"
        return missing("gsr", found, _join(closed), ports=looked_at)
    if len(known) == 1:
        used = in_use(f"serial:{known[0]}")
        return ok("gsr", f"{names}{', ' if used else ''}{used}", ports=looked_at)
    if not known:
        found = f"no board that femo knows; {names} would be listened to"
        remedy = config_line("gsr", f"serial:{lasting_name(looked_at[0])}")
        return look(
            "gsr", found, f"plug the sensor in, or name its port: {remedy}", ports=looked_at
        )
    remedy = config_line("gsr", f"serial:{lasting_name(known[0])}")
    found = f"{names}: the first that speaks is taken"
    return look("gsr", found, remedy, ports=looked_at)


def _port(path: str) -> Finding:
    port = Path(path)
    try:
        is_device = stat.S_ISCHR(port.stat().st_mode)
    except OSError:
        remedy = "plug it in; to have it looked for: " + config_line("gsr", "serial:auto")
        return missing("gsr", f"port {path} is not there", remedy)
    if not is_device:
        return missing("gsr", f"{path} is no serial port", config_line("gsr", "serial:auto"))
    if used := in_use(f"serial:{path}"):
        return ok("gsr", f"{path}, {used}", ports=[path])
    if not os.access(port, os.R_OK | os.W_OK):
        return missing("gsr", f"{path} may not be opened by this user", _join([port]))
    return ok("gsr", f"{path}; `femo calibrate --show` tells its calibration", ports=[path])


def _file(name: str, path: str, remedy: str) -> Finding:
    if not Path(path).expanduser().is_file():
        return missing(name, f"{path} does not exist", remedy)
    return look(name, f"the file {path}, no device", remedy)


def _no_camera(device: Path) -> Finding:
    others = sorted(path.name for path in _CAMERAS.glob("video*") if _takes_pictures(path))
    cameras = [f"/dev/{name}" for name in others]
    if others:
        number = others[0].removeprefix("video")
        remedy = config_line("camera", f"camera:{number}")
        return missing("camera", f"{device} is not there; {', '.join(cameras)} is", remedy)
    remedy = "plug one in; where none is wanted: " + config_line("camera", "none")
    return missing("camera", f"{device} is not there: no camera is plugged in", remedy)


def _takes_pictures(camera: Path) -> bool:
    """Return whether this is what a camera takes pictures with: its others tell about them."""
    try:
        return (camera / "index").read_text().strip() == "0"
    except OSError:
        return True


def _camera_name(device: Path) -> str:
    try:
        return (_CAMERAS / device.resolve().name / "name").read_text().strip()
    except OSError:
        return ""


def _join(devices: Sequence[Path]) -> str:
    """Return the command that lets this user open devices: into the groups that they belong to."""
    names = sorted({_group_name(device.stat().st_gid) for device in devices} - {"root"})
    return _usermod(names) if names else f"sudo chmod a+rw {' '.join(map(str, devices))}"


def _usermod(groups: Sequence[str]) -> str:
    return f"sudo usermod -aG {','.join(groups)} $USER   # then log in again"


def _groups_there(names: Sequence[str]) -> list[str]:
    known = {group.gr_name for group in grp.getgrall()}
    return [name for name in names if name in known][:1]


def _group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
