"""Faults that a rehearsal brings about: their names, and when they hold."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from femo_tui.errors import UsageError

STUDY_GAP_S = 0.401  # the unmarked hole in the recordings of 2018


class FaultName(StrEnum):
    """What can go wrong in a rehearsal; the words are part of the command line."""

    GSR_SILENT = "gsr-silent"
    GSR_UNPLUGGED = "gsr-unplugged"
    GSR_GAP = "gsr-gap"
    GSR_GARBAGE = "gsr-garbage"
    GSR_LOST = "gsr-lost"
    GSR_NOT_WORN = "gsr-not-worn"
    GSR_CLIPPED = "gsr-clipped"
    GSR_FLAT = "gsr-flat"
    GSR_RESTART = "gsr-restart"
    CAMERA_FROZEN = "camera-frozen"
    CAMERA_BLACK = "camera-black"
    CAMERA_SILENT = "camera-silent"
    CAMERA_UNPLUGGED = "camera-unplugged"
    NO_FACE = "no-face"
    PLAYER_KILLED = "player-killed"
    PLAYER_STALLED = "player-stalled"
    CLOCK_STEP = "clock-step"
    RECORDER_KILLED = "recorder-killed"
    DISK_FULL = "disk-full"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """What a fault is: the device that fails, for how long unless said, and in words."""

    device: str  # gsr, camera, player; empty: the recorder's own machine
    lasts_s: float | None  # None: it happens in a moment
    text: str


FAULT_KINDS: dict[FaultName, FaultKind] = {
    FaultName.GSR_SILENT: FaultKind("gsr", 5.0, "its lines do not arrive"),
    FaultName.GSR_UNPLUGGED: FaultKind("gsr", 5.0, "its plug is pulled, later put in again"),
    FaultName.GSR_GAP: FaultKind("gsr", STUDY_GAP_S, "it pauses between two lines"),
    FaultName.GSR_GARBAGE: FaultKind("gsr", 0.4, "its lines arrive garbled"),
    FaultName.GSR_LOST: FaultKind("gsr", 0.3, "a few of its lines get lost"),
    FaultName.GSR_NOT_WORN: FaultKind("gsr", 5.0, "the electrodes come off"),
    FaultName.GSR_CLIPPED: FaultKind("gsr", 5.0, "the skin conducts more than it can show"),
    FaultName.GSR_FLAT: FaultKind("gsr", 6.0, "it gives the same reading over and over"),
    FaultName.GSR_RESTART: FaultKind("gsr", 1.5, "the Arduino restarts and counts anew"),
    FaultName.CAMERA_FROZEN: FaultKind("camera", 5.0, "it gives the same image over and over"),
    FaultName.CAMERA_BLACK: FaultKind("camera", 5.0, "the lens is covered"),
    FaultName.CAMERA_SILENT: FaultKind("camera", 5.0, "it gives no frame"),
    FaultName.CAMERA_UNPLUGGED: FaultKind("camera", 5.0, "its plug is pulled, later put in again"),
    FaultName.NO_FACE: FaultKind("camera", 5.0, "the participant leaves the picture"),
    FaultName.PLAYER_KILLED: FaultKind("player", None, "the participant's screen dies"),
    FaultName.PLAYER_STALLED: FaultKind("player", 3.0, "the participant's screen stands still"),
    FaultName.CLOCK_STEP: FaultKind("", None, "the wall clock is put forward by an hour"),
    FaultName.RECORDER_KILLED: FaultKind("", None, "the recorder is killed (SIGKILL)"),
    FaultName.DISK_FULL: FaultKind("", None, "the disk takes no more"),
}

_FAULT = re.compile(r"([a-z-]+)@(\d+(?:\.\d+)?)(?:\+(\d+(?:\.\d+)?))?")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a rehearsal; `at_s` is seconds since run start."""

    name: FaultName
    at_s: float
    lasts_s: float = 0.0

    @property
    def device(self) -> str:
        return FAULT_KINDS[self.name].device


def parse_fault(text: str) -> Fault:
    """Return the fault that `NAME@SECONDS` or `NAME@SECONDS+DURATION` names.

    Raises:
        UsageError: no such fault, or not written so.
    """
    match = _FAULT.fullmatch(text)
    if match is None:
        raise UsageError(
            f"fault {text!r}: write NAME@SECONDS or NAME@SECONDS+DURATION, such as"
            f" gsr-silent@12+5; the names are {', '.join(FaultName)}"
        )
    name, at_s, lasts_s = match.groups()
    if name not in FaultName.__members__.values():
        raise UsageError(f"fault {name!r} is unknown: use one of {', '.join(FaultName)}")
    kind = FAULT_KINDS[FaultName(name)]
    if lasts_s is not None and not (kind.lasts_s and float(lasts_s) > 0):
        why = "takes no duration" if kind.lasts_s is None else "has to last longer than 0 s"
        raise UsageError(f"fault {text!r}: {name} {why}; write {name}@{at_s}")
    return Fault(FaultName(name), float(at_s), float(lasts_s or kind.lasts_s or 0.0))


def fault_lines() -> list[tuple[str, str]]:
    """Return for each fault its name, with how long it lasts unless said, and what happens."""
    lines = []
    for name, kind in FAULT_KINDS.items():
        lasts = "" if kind.lasts_s is None else f"+{kind.lasts_s:g}"
        lines.append((f"{name}{lasts}", kind.text))
    return lines


class FaultPlan:
    """The faults of one run, on the clock of a run whose start is told once it is known."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.at_s))
        self.origin_s = math.inf  # boot time of run start; before it nothing holds

    def holding(self, name: FaultName, t_s: float) -> Fault | None:
        """Return the fault of this name that lasts at boot time `t_s`, None if there is none."""
        run_s = round(t_s - self.origin_s, 6)
        for fault in self.faults:
            if fault.name is name and fault.at_s <= run_s < fault.at_s + fault.lasts_s:
                return fault
        return None

    def concern(self, device: str) -> bool:
        """Return whether a fault of `device` is among them."""
        return any(fault.device == device for fault in self.faults)
