"""What was decided about a run after it was sealed, as its readers apply it: the newest counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.model.events import (
    FILM_STARTED,
    DeviceNote,
    RunEvent,
    StepStart,
    WindowStart,
    from_line,
)
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import RunData
from femo_tui.model.snapshot import Amendment, StepStatus, WindowSummary
from femo_tui.store.amendments import read_amendments, torn_end
from femo_tui.store.exposure import Exposure, film_begins
from femo_tui.store.layout import AMENDMENTS, RUN_FILE
from femo_tui.store.tail import LineTail

EXPOSURE = "exposure"  # amends how often the film of an attempt had been shown


@dataclass(frozen=True, slots=True)
class Decided:
    """The amendments of a run; `data` None where nothing was decided about its data."""

    amendments: tuple[Amendment, ...] = ()
    data: RunData | None = None
    verdicts: Mapping[tuple[str, int], Amendment] = field(default_factory=dict)
    exposures: Mapping[tuple[str, int], Exposure] = field(default_factory=dict)
    rejected: frozenset[int] = frozenset()  # frames
    chosen: bool = False  # a person marked the run as the participant's primary one
    lines: tuple[Mapping[str, JsonValue], ...] = ()  # as they stand in the file
    problem: str = ""

    def applied(self, window: WindowSummary) -> WindowSummary:
        """Return a window with the verdict and the exposure that count."""
        shown = self.exposures.get((window.step, window.attempt))
        if shown is not None:
            window = replace(window, exposure=shown.count, primary=shown.primary)
        newest = self.verdicts.get((window.step, window.attempt))
        if newest is None:
            return window
        return replace(
            window,
            verdict=newest.decided,
            verdict_by=newest.operator,
            verdict_reason=newest.reason,
            amended=True,
        )

    def step(self, step: StepStatus) -> StepStatus:
        """Return a step with the exposure that counts."""
        shown = self.exposures.get((step.name, step.attempt))
        return step if shown is None else replace(step, exposure=shown.count)

    def note(self, note: DeviceNote) -> DeviceNote:
        """Return a device event; of a film that began, with the exposure that counts."""
        if not self.exposures or note.name != FILM_STARTED:
            return note
        match note.detail:
            case {"step": str(step), "attempt": int(attempt), "media": str(media)} if (
                shown := self.exposures.get((step, attempt))
            ):
                detail = {**note.detail, "exposure": shown.count, "primary": shown.primary}
                return replace(note, text=film_begins(media, shown.count), detail=detail)
        return note

    def told(self, event: RunEvent) -> RunEvent:
        """Return an event with the exposure that counts."""
        match event:
            case DeviceNote():
                return self.note(event)
            case StepStart() if shown := self.exposures.get((event.step, event.attempt)):
                return replace(event, exposure=shown.count)
            case WindowStart() if shown := self.exposures.get((event.step, event.attempt)):
                return replace(event, exposure=shown.count, primary=shown.primary)
        return event


def read_events(run_dir: Path) -> Iterator[RunEvent]:
    """Yield every event of a run as it counts now; a line that is none is passed over."""
    decided = DecidedReader(run_dir).read()
    for _, line in LineTail(run_dir / RUN_FILE).read():
        try:
            event = from_line(line.decode(errors="replace"))
        except MalformedRecord:
            continue
        yield decided.told(event)


class DecidedReader:
    """Reads a run's amendments, again only when there are more."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._size = 0
        self._decided = Decided()

    def read(self) -> Decided:
        """Return what is decided now; a chain that does not hold decides nothing and is named."""
        try:
            size = (self._run_dir / AMENDMENTS).stat().st_size
        except FileNotFoundError:
            size = 0
        if size != self._size:
            self._size = size
            self._decided = _read(self._run_dir)
        return self._decided


def _read(run_dir: Path) -> Decided:
    try:
        lines = read_amendments(run_dir)
        amendments = tuple(_amendment(line) for line in lines)
        data = [RunData(a.decided) for a in amendments if a.amends == "data"]
    except (MalformedRecord, ValueError) as problem:
        # a decision that cannot be read is none
        return Decided(data=RunData.UNTIL_ASKED, problem=str(problem))
    verdicts: dict[tuple[str, int], Amendment] = {}
    exposures: dict[tuple[str, int], Exposure] = {}
    rejected: set[int] = set()
    chosen = False
    for line, amendment in zip(lines, amendments, strict=True):
        match line:
            case {"amends": "verdict", "step": str(step), "attempt": int(attempt)}:
                verdicts[step, attempt] = amendment
            case {
                "amends": "exposure",
                "step": str(step),
                "attempt": int(attempt),
                "exposure": int(count),
                "primary": bool(primary),
            }:
                exposures[step, attempt] = Exposure(count, primary)
            case {"amends": "frame", "frame": int(frame), "accepted": bool(accepted)}:
                (rejected.discard if accepted else rejected.add)(frame)
            case {"amends": "primary", "primary": bool(primary)}:
                chosen = primary
    return Decided(
        amendments=amendments,
        data=data[-1] if data else None,
        verdicts=verdicts,
        exposures=exposures,
        rejected=frozenset(rejected),
        chosen=chosen,
        lines=tuple(lines),
        problem=torn_end(run_dir),
    )


def _amendment(line: Mapping[str, JsonValue]) -> Amendment:
    amends = str(line.get("amends", ""))
    match line:
        case {"amends": "verdict", "step": str(step), "attempt": int(attempt), "verdict": verdict}:
            about, decided = f"{step}-{attempt}", str(verdict)
        case {"amends": "exposure", "step": str(step), "attempt": int(attempt)}:
            about = f"{step}-{attempt}"
            kind = "primary data" if line.get("primary") is True else "no primary data"
            decided = f"showing {line.get('exposure')}, {kind}"
        case {"amends": "frame", "frame": int(frame), "accepted": bool(accepted)}:
            about, decided = f"frame {frame}", "accepted" if accepted else "rejected"
        case _:
            about, decided = amends, str(line.get(amends, ""))
    return Amendment(
        utc=str(line.get("utc", "")),
        operator=str(line.get("operator", "")),
        amends=amends,
        about=about,
        decided=decided,
        reason=str(line.get("reason") or ""),
    )
