"""How often the participant has been shown each film, and which film may be shown next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from femo_tui.errors import IllegalCommand
from femo_tui.model.events import DeviceNote
from femo_tui.model.protocol import Step, StepKind
from femo_tui.model.records import Severity, Stream
from femo_tui.store.exposure import FilmCount
from femo_tui.store.films_shown import Showing

ALTERNATE, SAME = "alternate", "same"


class Exposures(FilmCount):
    """What was shown in the participant's other runs, and in this one so far."""

    def __init__(
        self,
        run_dir: Path,
        steps: Sequence[Step] = (),
        shown: Sequence[Showing] = (),
        sha256_of: Mapping[str, str] | None = None,
    ) -> None:
        """Count on from `shown`, of this run, too, where it goes on after it was lost."""
        self._films = {s.name: s.media for s in steps if s.kind is StepKind.CLIP}
        super().__init__(run_dir, self._films, shown, sha256_of or {})

    def seen_before(self) -> list[DeviceNote]:
        """Return what stands at the start of a run of each planned film that was shown before."""
        return [
            DeviceNote(
                0.0,
                Stream.PLAYER,
                "film_seen_before",
                Severity.WARNING,
                f"{media} was shown to this participant before: its windows are no primary data",
                {"media": media},
            )
            for media in self.repeats()
        ]

    def began(self, step: str, media: str | None = None) -> bool:
        """Return whether a film, or that film, has begun to play in a step of this run."""
        return any(
            showing.step == step
            and showing.run_dir == self._run_dir
            and (media is None or showing.film.is_same(self.film(media)))
            for showing in self._shown
        )

    def again(self, step: Step, wanted: str) -> Step:
        """Return the step as it is to be done again; `wanted` names the film or says which.

        Raises:
            IllegalCommand: its film has begun to play and nothing was chosen, or there is no such
                film.
        """
        if step.kind is not StepKind.CLIP or step.media is None:
            return step
        if not wanted:
            if self.began(step.name, step.media):
                raise IllegalCommand(
                    f"redo: {step.media} has begun to play, and a second viewing is another"
                    " stimulus; ask the participant, then choose media alternate or same"
                )
            return step
        if wanted == SAME:
            return step
        return step.showing(self._unseen(step) if wanted == ALTERNATE else _named(step, wanted))

    def _unseen(self, step: Step) -> str:
        for clip in step.alternates:
            if self.next(step.name, clip.media).count == 1:
                return clip.media
        raise IllegalCommand(
            f"redo: {step.name} has no alternate that the participant has not been shown; choose"
            " the same film, skip the step, or stop"
        )


def _named(step: Step, media: str) -> str:
    known = [clip.media for clip in step.clips]
    if media not in known:
        raise IllegalCommand(
            f"redo: {media!r} is no film of {step.name}; choose {', '.join(known) or SAME}"
        )
    return media
