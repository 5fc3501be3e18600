"""How a run ended, by whom, and what is wrong with it or what it was recorded with: two lines."""

from __future__ import annotations

from datetime import datetime, timedelta

from textual.content import Content

from femo_tui.model.events import RunStart
from femo_tui.model.records import Severity
from femo_tui.model.run_state import RunData, RunState
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.ui import words
from femo_tui.ui.keys import KeyOf, keys_of
from femo_tui.ui.widgets.lines import Lines

AHEAD = timedelta(minutes=5)  # a run that begins later than this after now was stamped wrongly


class RunFacts(Lines):
    """Draws them for the width that there is."""

    _told: tuple[RunSnapshot, datetime] | None = None

    def tell(self, run: RunSnapshot, now: datetime) -> None:
        self._told = (run, now)
        self.redraw()

    def redraw(self) -> None:
        if self._told is not None and self.size.width:
            self.show(_facts(*self._told, self.size.width, keys_of(self)))


def _facts(run: RunSnapshot, now: datetime, width: int, key: KeyOf) -> list[Content]:
    """Return two lines: how it ended and by whom; what is wrong, or on which devices."""
    start = run.start
    reason = run.stop.reason if run.stop else run.state_reason
    end = run.stop.status.value if run.stop else run.state.value.replace("_", " ")
    if start is None:
        if run.data is RunData.DISCARDED:
            return [Content.styled(run.state_reason or "discarded", "$warning")]
        return [Content.styled("! this run has no first record: nothing was saved", "$warning")]
    protocol = f"protocol {start.protocol.get('name', '')}, by {start.operator or 'somebody'}"
    sealed = "sealed" if run.sealed else "not sealed"
    if run.state is RunState.LOST:
        reason = reason.partition(":")[0]  # what can be done stands in the next line
    how = f"{end}: {reason}" if reason else end
    first = Content.assemble(how, (f" · {protocol}", "$quiet"))
    wrong = _wrong(run, now, key)
    if wrong:
        second = Content.styled("! " + " · ".join(wrong), "$warning")
    else:
        second = Content.styled(f"{sealed} · {_devices(start, width - len(sealed) - 3)}", "$quiet")
    return [first, second]


def _devices(start: RunStart, room: int) -> str:
    """Return what it was recorded with: models, or addresses, or what they are, as fits."""
    used = {name: one for name, one in start.devices.items() if isinstance(one, dict)}
    models, addresses = (
        ", ".join(str(device.get(key, "")) for device in used.values()) for key in ("model", "uri")
    )
    return next((told for told in (models, addresses) if len(told) <= room), ", ".join(used))


def _wrong(run: RunSnapshot, now: datetime, key: KeyOf) -> list[str]:
    wrong = []
    if run.state is RunState.LOST:
        wrong.append(f"not sealed: {key('run.settle')} resumes it, records it anew or closes it")
    if run.data is RunData.UNTIL_ASKED:
        decides = f"{key('run.decide')} decides"
        wrong.append(f"its data wait until the participant was asked: {decides}")
    if run.start is not None and words.moment(run.start.utc) > now + AHEAD:
        wrong.append(f"it began in the future ({run.start.utc}): the clock was or is wrong")
    listed = key("run.events")
    if run.problems:
        wrong.append(f"{words.plural(len(run.problems), 'line')} cannot be read: {listed}")
    losses = sum(note.severity is Severity.LOSS for note in run.device_notes)
    if losses:
        wrong.append(f"{words.plural(losses, 'loss', 'losses')} on the way: {listed}")
    if run.rejected_frames:
        wrong.append(f"{words.plural(len(run.rejected_frames), 'face')} out")
    return wrong
