"""What holds for the whole of a run, without reading the run: its first line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.model.environment import environment_fact
from femo_tui.model.events import Facts, RunStart, from_line
from femo_tui.store.files import explained
from femo_tui.store.layout import RUN_FILE, newest_session, runs_in

_NOT_ASKED = "rehearsed_faults"  # stands beside what was asked


def read_run_start(run_dir: Path) -> RunStart | None:
    """Return the first line of a run, None where there is none."""
    path = run_dir / RUN_FILE
    with explained(path):
        try:
            with path.open(encoding="utf-8", errors="replace") as lines:
                event = from_line(lines.readline())
        except (FileNotFoundError, MalformedRecord):
            return None
    return event if isinstance(event, RunStart) else None


def session_environment(root: Path, participant: str, utc: datetime) -> Facts:
    """Return what was told of room and electrodes in the session that a run now would continue.

    Facts that do not last, such as the time since settling, are not among them.
    """
    session = newest_session(root, participant, utc)
    if session is None:
        return {}
    for run_dir in reversed(list(runs_in(session))):
        start = read_run_start(run_dir)
        if start is not None:
            return {
                name: value
                for name, value in start.environment.items()
                if name != _NOT_ASKED and environment_fact(name).lasts
            }
    return {}
