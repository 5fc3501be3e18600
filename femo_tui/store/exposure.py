"""The rule by which a film is counted as shown, while a run is recorded and when one has moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from femo_tui.store.films_shown import Film, Showing


@dataclass(frozen=True, slots=True)
class Exposure:
    """The how manieth time a film is shown, and whether what it elicits is primary data.

    A repeat is another stimulus. What is not one: a film that stands in several steps of the plan,
    as the neutral one between the others does.
    """

    count: int
    primary: bool


class FilmCount:
    """What was shown in the participant's other runs, and in this one so far."""

    def __init__(
        self,
        run_dir: Path,
        planned: Mapping[str, str | None],
        shown: Sequence[Showing],
        sha256_of: Mapping[str, str],
    ) -> None:
        """Count on from `shown`; `planned` has the film of each step that shows one."""
        self._run_dir = run_dir
        self._sha256_of = sha256_of
        self._planned = planned
        self._shown = list(shown)

    def film(self, media: str) -> Film:
        """Return the film that lies at `media`."""
        return Film(media, self._sha256_of.get(media, ""))

    def next(self, step: str, media: str) -> Exposure:
        """Return what it would be to show a film in a step now."""
        film = self.film(media)
        before = [showing for showing in self._shown if showing.film.is_same(film)]
        return Exposure(len(before) + 1, not any(self._is_repeat(s, step) for s in before))

    def begin(self, step: str, media: str) -> Exposure:
        """Count a film that begins to play."""
        exposure = self.next(step, media)
        self._shown.append(Showing(self.film(media), self._run_dir, step, simulated=False))
        return exposure

    def repeats(self) -> list[str]:
        """Return the planned films that are no primary data where they are shown now, each once."""
        first = {media: step for step, media in reversed(list(self._planned.items())) if media}
        return [media for media, step in first.items() if not self.next(step, media).primary]

    def _is_repeat(self, showing: Showing, step: str) -> bool:
        if showing.run_dir != self._run_dir or showing.step == step:
            return True
        planned = self._planned.get(showing.step)
        return planned is None or not self.film(planned).is_same(showing.film)


def film_begins(media: str, count: int) -> str:
    """Return the sentence that stands in a run where a film begins."""
    return f"{media} begins, shown to this participant for time {count}"
