"""Which films a participant has been shown, counted from when each began to play."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.model.events import FILM_STARTED, DeviceNote, RunStart, from_line
from femo_tui.model.records import JsonValue
from femo_tui.store.layout import RUN_FILE, runs_of
from femo_tui.store.tail import LineTail
from femo_tui.store.tombstone import has_tombstone, read_tombstone


@dataclass(frozen=True, slots=True)
class Film:
    """A film: the same one wherever its content is the same, or, unknown, its place."""

    media: str
    sha256: str = ""  # empty where it was not taken

    def is_same(self, other: Film) -> bool:
        if self.sha256 and other.sha256:
            return self.sha256 == other.sha256
        return self.media == other.media

    def facts(self) -> dict[str, str]:
        return {"media": self.media} | ({"sha256": self.sha256} if self.sha256 else {})


@dataclass(frozen=True, slots=True)
class Showing:
    """A film that began to play before the participant."""

    film: Film
    run_dir: Path
    step: str  # empty where the run was discarded
    simulated: bool  # on a screen that shows nothing to anybody


def films_of_run(run_dir: Path) -> list[Film]:
    """Return the films that really were shown in a run, each once."""
    return films_in(showing for showing in showings_of_run(run_dir) if not showing.simulated)


def films_in(showings: Iterable[Showing]) -> list[Film]:
    """Return the films of some showings, each once."""
    return list(dict.fromkeys(showing.film for showing in showings))


def showings_to(root: Path, participant: str) -> list[Showing]:
    """Return every showing to a participant, the oldest first, discarded runs included."""
    return [showing for run in runs_of(root, participant) for showing in showings_of_run(run)]


def showings_of_run(run_dir: Path) -> list[Showing]:
    """Return the showings of one run; lines that cannot be read tell of none."""
    if has_tombstone(run_dir):
        return [
            Showing(_film(film), run_dir, "", simulated=False)
            for film in read_tombstone(run_dir).films
        ]
    found = []
    simulated = False
    for number, line in LineTail(run_dir / RUN_FILE).read():
        if number > 1 and FILM_STARTED.encode() not in line:
            continue  # of the thousands of lines of a run
        try:
            event = from_line(line.decode(errors="replace"))
        except MalformedRecord:
            continue
        if isinstance(event, RunStart):
            simulated = "player" in event.simulated
        elif isinstance(event, DeviceNote) and event.name == FILM_STARTED:
            step = str(event.detail.get("step", ""))
            found.append(Showing(_film(event.detail), run_dir, step, simulated))
    return found


def _film(facts: Mapping[str, JsonValue]) -> Film:
    return Film(str(facts.get("media", "")), str(facts.get("sha256") or ""))
