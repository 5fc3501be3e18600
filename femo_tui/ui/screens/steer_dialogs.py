"""What is asked about a film: is it wanted, is it shown again; and before a run is broken off."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from femo_tui.model.cut import LEAVE_OUT
from femo_tui.model.snapshot import RunSnapshot, StepStatus
from femo_tui.ui import words
from femo_tui.ui.screens.modal import Over, answer_line, key_hints

ALTERNATE = "alternate"  # as the recorder takes it
DISCARD = "discard"  # this, too
_answer = partial(answer_line, width=14)


class FilmAgain(Over[str | None]):
    """Asks which film a step is done again with: `alternate`, `same`; None for not at all.

    Of a `lost` run that goes on `skip` is an answer, too: on without the film.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "a",
            "choose('alternate')",
            "another film",
            id="film.alternate",
            tooltip="Another film of this step, which the participant has not seen",
        ),
        Binding(
            "s",
            "choose('same')",
            "the same",
            id="film.same",
            tooltip="The same film, which the participant agreed to see again",
        ),
        Binding(
            "l",
            "choose('skip')",
            "leave it out",
            id="film.leave-out",
            tooltip="No film: a lost run goes on with the next step",
        ),
        Binding("escape,n,enter", "dismiss(None)", "back", id="film.back", tooltip="Not again"),
    ]

    def __init__(self, run: RunSnapshot, step: StepStatus, *, lost: bool = False) -> None:
        super().__init__()
        self._lost = lost
        self._step, self._exposure = step.name, (step.exposure or 1) + 1
        self._alternates = other_films(run, step)

    def compose(self) -> ComposeResult:
        names = ", ".join(self._alternates)
        key, on = self.key_of, "go on with the next step"
        yield _dialog(
            self.way_out("film.back", "back"),
            f"Do {self._step} again?",
            "Its film has begun to play, and a second viewing is another stimulus: it is never"
            " repeated by itself. Ask the participant first.",
            _answer(
                key("film.alternate"),
                "another film",
                names or "this step has none",
                on=bool(names),
            ),
            _answer(key("film.same"), "the same", f"exposure {self._exposure}, no primary data"),
            *([_answer(key("film.leave-out"), "leave it out", on)] if self._lost else []),
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if parameters == (LEAVE_OUT,):
            return self._lost
        return bool(self._alternates) or parameters != (ALTERNATE,)

    def action_choose(self, media: str) -> None:
        self.dismiss(media)


class FilmWanted(Over[bool | None]):
    """Asks whether the participant wants to see what a warning announced; None: not said yet."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "yes", id="warning.yes", tooltip="They want to see the film"),
        Binding(
            "n",
            "dismiss(False)",
            "no",
            id="warning.no",
            tooltip="They do not: the run goes on without it",
        ),
        Binding("escape,enter", "dismiss(None)", "back", id="warning.back", tooltip="Not said yet"),
    ]

    def compose(self) -> ComposeResult:
        yield _dialog(
            self.way_out("warning.back", "back"),
            "Does the participant want to see the film?",
            "They were shown what it contains, and can answer on their own screen, too.",
            _answer(self.key_of("warning.yes"), "yes", "it is shown"),
            _answer(self.key_of("warning.no"), "no", "it is left out, and the run goes on"),
        )


class BreakOff(Over[str | None]):
    """Asks whether to break a run off and what becomes of its data; None for not at all."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "u",
            "choose('until-asked')",
            "until asked",
            id="abort.until-asked",
            tooltip="Break off; the data wait until the participant was asked",
        ),
        Binding("k", "choose('keep')", "keep", id="abort.keep", tooltip="Break off; keep the data"),
        Binding(
            "d",
            "choose('discard')",
            "discard",
            id="abort.discard",
            tooltip="Break off and remove what was recorded, for good; asks once more",
        ),
        Binding("escape,n,enter", "dismiss(None)", "back", id="abort.back", tooltip="Go on"),
    ]

    def compose(self) -> ComposeResult:
        key = self.key_of
        yield _dialog(
            self.way_out("abort.back", "back"),
            "Abort the run?",
            "The participant's screen goes black at once, and the run ends as aborted.",
            _answer(key("abort.until-asked"), "until asked", "the data wait until they were asked"),
            _answer(key("abort.keep"), "keep", "they agree that the data are kept"),
            _answer(key("abort.discard"), "discard", "remove what was recorded: asks once more"),
        )

    def action_choose(self, data: str) -> None:
        self.dismiss(data)


def what_goes(run: RunSnapshot) -> str:
    """Return what a discarded run takes with it, in a sentence or two."""
    held = (
        words.clock(run.elapsed_s),
        words.plural(run.gsr.length, "sample"),
        words.plural(run.faces.frames, "frame"),
        words.plural(len(run.windows), "window"),
    )
    return f"{', '.join(held)}: nothing brings them back. That there was a run stays."


def other_films(run: RunSnapshot, step: StepStatus) -> tuple[str, ...]:
    """Return the films of a step besides the one it last showed, as run_start lists them."""
    planned = run.start.protocol.get("steps") if run.start is not None else None
    for facts in planned if isinstance(planned, list) else []:
        if isinstance(facts, dict) and facts.get("name") == step.name:
            listed = facts.get("alternates")
            films = [facts.get("media"), *(listed if isinstance(listed, list) else [])]
            return tuple(film for film in films if isinstance(film, str) and film != step.media)
    return ()


def _dialog(
    way_out: tuple[str, str], question: str, what_follows: str, *choices: Content
) -> Vertical:
    texts = [
        Content.styled(question, "bold"),
        Content.styled(what_follows, "$quiet"),
        Content(""),
        *choices,
        Content(""),
        key_hints(way_out),
    ]
    return Vertical(*(Static(text) for text in texts), classes="dialog")
