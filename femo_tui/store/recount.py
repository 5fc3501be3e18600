"""Counts anew how often films were shown, where a run turns out to be another participant's.

What was counted when a run was recorded stays in it, below an amendment that tells what counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import UsageError
from femo_tui.model.events import FILM_STARTED, DeviceNote, RunStart, StepStart
from femo_tui.model.protocol import StepKind
from femo_tui.model.records import JsonValue
from femo_tui.store.amendments import amend, read_amendments
from femo_tui.store.decided import EXPOSURE, DecidedReader, read_events
from femo_tui.store.exposure import Exposure, FilmCount
from femo_tui.store.files import PRIVATE, Modes
from femo_tui.store.films_shown import Film, Showing, films_in, showings_of_run
from femo_tui.store.layout import ORIGIN, runs_of, session_utc
from femo_tui.store.run_start import read_run_start
from femo_tui.store.seal import is_sealed

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog

_WHY = "counted anew after a run was given to another participant"


@dataclass(frozen=True, slots=True)
class Recounted:
    """A film's showing that counts otherwise than it did."""

    run: str  # its folder, relative to the store
    step: str
    attempt: int
    media: str
    exposure: int
    primary: bool


@dataclass(frozen=True, slots=True)
class Recount:
    """What counts otherwise, and later runs of other stations, which stay as they are."""

    showings: tuple[Recounted, ...]
    elsewhere: tuple[str, ...]


def recount(catalog: Catalog, moved: Path, code: str) -> Recount:
    """Return what counts otherwise once a run is `code`'s; nothing is changed.

    It is that run's films, and the same ones in the later runs of both participants. An imported
    run stays as it came: what was shown where it was recorded is not known here.

    Raises:
        UsageError: a later run with such a film is not closed.
        MalformedRecord: the amendments of such a run do not hold.
    """
    root, old = catalog.root, moved.parts[-3]
    films = films_in(showings_of_run(moved))
    found: list[Recounted] = []
    elsewhere: list[str] = []
    ours = {
        old: [run for run in runs_of(root, old) if run != moved],
        code: [*runs_of(root, code), moved],
    }
    start = read_run_start(moved)
    since = start.utc if start is not None else ""
    for who, runs in ours.items():
        shown: list[Showing] = []
        for utc, run_dir in _by_time(runs):
            here = showings_of_run(run_dir)
            about = run_dir == moved or any(_among(one.film, films) for one in here)
            if utc >= since and about and not (run_dir != moved and (run_dir / ORIGIN).exists()):
                before = [*catalog.shown_elsewhere(who, before_utc=utc), *shown]
                found += _counted(root, run_dir, before, () if run_dir == moved else films, moved)
            shown += here
        elsewhere += [
            f"{run.run_dir.removeprefix('sessions/')} on {run.station}"
            for run in catalog.runs(who)
            if films and run.station and run.started_utc > since
        ]
    return Recount(tuple(found), tuple(elsewhere))


def tell(
    run_dir: Path,
    showings: Sequence[Recounted],
    operator: str,
    utc: str,
    modes: Modes = PRIVATE,
) -> None:
    """Amend a run by what of it counts otherwise; what it tells already is not told again."""
    told = DecidedReader(run_dir).read().exposures
    lines: list[Mapping[str, JsonValue]] = [
        {
            "utc": utc,
            "operator": operator,
            "amends": EXPOSURE,
            "step": one.step,
            "attempt": one.attempt,
            "exposure": one.exposure,
            "primary": one.primary,
            "reason": _WHY,
        }
        for one in showings
        if told.get((one.step, one.attempt)) != Exposure(one.exposure, one.primary)
    ]
    if lines:
        amend(run_dir, *lines, modes=modes)


def _by_time(runs: Sequence[Path]) -> list[tuple[str, Path]]:
    """Return runs with when they began, the oldest first.

    A discarded run tells its place in its session only: after those with a lower number.
    """
    found = []
    latest: dict[Path, str] = {}
    for run_dir in runs:
        start = read_run_start(run_dir)
        session = run_dir.parent
        utc = start.utc if start else latest.get(session, session_utc(session.name))
        latest[session] = max(utc, latest.get(session, ""))
        found.append((utc, run_dir))
    return sorted(found, key=lambda one: one[0])


def _among(film: Film, films: Sequence[Film]) -> bool:
    return any(film.is_same(other) for other in films)


def _counted(
    root: Path, run_dir: Path, before: Sequence[Showing], films: Sequence[Film], moved: Path
) -> Iterator[Recounted]:
    """Yield the showings of a run that count otherwise after `before`; of `films` if there are."""
    start = read_run_start(run_dir)
    if start is None:
        return
    if run_dir != moved:
        _check(run_dir)
    simulated = "player" in start.simulated  # a screen that nobody sees counts for itself
    count = _count_of(run_dir, start, [one for one in before if one.simulated is simulated])
    found: dict[tuple[str, int], tuple[str, Exposure, Exposure]] = {}
    for event in read_events(run_dir):
        match event:
            case StepStart(media=str(media), exposure=int(counted)):
                now = count.next(event.step, media)
                then = Exposure(counted, now.primary)  # nothing was shown yet
                found[event.step, event.attempt] = media, then, now
            case DeviceNote(
                name=name,
                detail={"step": str(step), "attempt": int(attempt), "media": str(media)} as detail,
            ) if name == FILM_STARTED:
                now = count.begin(step, media)
                then = Exposure(_number(detail.get("exposure")), detail.get("primary") is not False)
                found[step, attempt] = media, then, now
    name = run_dir.relative_to(root).as_posix()
    for (step, attempt), (media, then, now) in found.items():
        if then != now and (not films or _among(count.film(media), films)):
            yield Recounted(name, step, attempt, media, now.count, now.primary)


def _check(run_dir: Path) -> None:
    if not is_sealed(run_dir):
        where = "/".join(run_dir.parts[-3:])
        raise UsageError(
            f"{where}: this run is not closed, and its films would be counted anew; end it, or"
            f" close it with `femo recover {where}`, first"
        )
    read_amendments(run_dir)


def _count_of(run_dir: Path, start: RunStart, before: Sequence[Showing]) -> FilmCount:
    steps, media = start.protocol.get("steps"), start.protocol.get("media")
    planned = {
        str(step.get("name")): film if isinstance(film := step.get("media"), str) else None
        for step in (steps if isinstance(steps, list) else [])
        if isinstance(step, dict) and step.get("kind") == StepKind.CLIP.value
    }
    sha256_of = {
        name: str(facts.get("sha256") or "")
        for name, facts in (media.items() if isinstance(media, dict) else ())
        if isinstance(facts, dict)
    }
    return FilmCount(run_dir, planned, before, sha256_of)


def _number(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0
