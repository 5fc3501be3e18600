"""Which troubles of sensor and camera last: told when they begin, over when that is told, too."""

from __future__ import annotations

from collections.abc import Sequence

from femo_tui.model.events import DeviceNote
from femo_tui.model.records import Severity, Stream

# These tell of a loss that is over; what is measured now speaks for itself.
RECOVERIES = frozenset({"speaking_again", "reconnected", "camera_recovered", "camera_reopened"})
# These lost something in a moment, after which the device goes on by itself.
MOMENTARY = frozenset({"frames_dropped", "samples_lost", "sensor_restarted"})
_STATE_IS_GOOD, _SINCE = "gsr_ok", "since_s"
_AWAY = frozenset({"silent", "unplugged"})  # what a sensor that is heard again was
_MEASURE = (Stream.GSR, Stream.CAMERA)


def lasting(notes: Sequence[DeviceNote]) -> list[DeviceNote]:
    """Return the losses of sensor and camera that are not over, the newest last."""
    last: dict[tuple[Stream, str], DeviceNote] = {}
    for note in notes:
        if note.stream not in _MEASURE:
            continue
        for key in [key for key, trouble in last.items() if _ends(note, trouble)]:
            del last[key]
        if note.name in RECOVERIES:
            continue
        if note.severity is Severity.LOSS and note.name not in MOMENTARY:
            last[note.stream, note.name] = note
    return list(last.values())


def is_unheard(notes: Sequence[DeviceNote]) -> bool:
    """Return whether no sample comes of the sensor, as far as it was told."""
    return any(note.stream is Stream.GSR and not _is_state(note) for note in lasting(notes))


def _is_state(note: DeviceNote) -> bool:
    """Return whether a note tells how conductance reads, not whether any is read."""
    return note.stream is Stream.GSR and (_SINCE in note.detail or note.name == _STATE_IS_GOOD)


def _ends(note: DeviceNote, trouble: DeviceNote) -> bool:
    if note.stream is not trouble.stream:
        return False
    if note.name == trouble.name or (_is_state(note) and _is_state(trouble)):
        return True  # said anew, or in another state
    if note.name not in RECOVERIES:
        return False
    if note.stream is Stream.GSR:
        return trouble.name in _AWAY
    return note.detail.get("was", trouble.name) == trouble.name


def newest_loss(notes: Sequence[DeviceNote], since_s: float) -> DeviceNote | None:
    """Return the newest loss that is not over, else the newest that came after `since_s`."""
    stands = lasting(notes)
    if stands:
        return stands[-1]
    came = [note for note in notes if note.severity is Severity.LOSS and note.t_s >= since_s]
    return came[-1] if came else None
