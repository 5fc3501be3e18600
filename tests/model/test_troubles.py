"""Which losses last: told once when they begin and once when they are over."""

from __future__ import annotations

import pytest

from femo_tui.model.events import DeviceNote
from femo_tui.model.records import Severity, Stream
from femo_tui.model.troubles import is_unheard, lasting, newest_loss

LOSS, INFO = Severity.LOSS, Severity.INFO


def note(t_s: float, name: str, severity: Severity = LOSS, **detail: float | str) -> DeviceNote:
    stream = Stream.CAMERA if name.startswith("camera") else Stream.GSR
    return DeviceNote(t_s, stream, name, severity, name, dict(detail))


SILENT, UNPLUGGED = note(1, "silent"), note(2, "unplugged")
OFF, FLAT = note(3, "not_worn", since_s=2.0), note(4, "flat", Severity.WARNING, since_s=5.0)
BLACK, FROZEN = note(5, "camera_black"), note(6, "camera_frozen")


@pytest.mark.parametrize(
    ("told", "last"),
    [
        ([SILENT, UNPLUGGED], ["silent", "unplugged"]),
        ([SILENT, UNPLUGGED, note(9, "reconnected")], []),
        ([OFF, SILENT, note(9, "speaking_again")], ["not_worn"]),
        ([SILENT, OFF, note(9, "gsr_ok", INFO, was="not_worn")], ["silent"]),
        ([OFF, FLAT], []),
        ([BLACK, FROZEN, note(9, "camera_recovered", INFO, was="camera_black")], ["camera_frozen"]),
        ([note(1, "camera_process_died"), note(9, "camera_reopened", Severity.WARNING)], []),
        ([note(1, "samples_lost")], []),
        ([SILENT, note(9, "camera_recovered", INFO, was="camera_black")], ["silent"]),
    ],
)
def test_a_loss_lasts_until_it_is_told_that_it_is_over(
    told: list[DeviceNote], last: list[str]
) -> None:
    assert [one.name for one in lasting(told)] == last


def test_a_sensor_that_is_heard_badly_is_heard() -> None:
    assert is_unheard([OFF, SILENT])
    assert not is_unheard([OFF, BLACK])


def test_what_lasts_comes_before_what_is_over_and_that_only_if_it_is_new() -> None:
    lost = note(7, "samples_lost")
    assert newest_loss([SILENT, lost], 0.0) is SILENT
    assert newest_loss([lost], 7.0) is lost
    assert newest_loss([lost], 7.5) is None
