"""What an operator may ask of a study's results; they are computed in a thread."""

from __future__ import annotations

import dataclasses
from asyncio import to_thread
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from textual import work
from textual.message import Message
from textual.worker import Worker, WorkerState

from femo_tui.errors import FemoError
from femo_tui.model.study import Baseline, Measure
from femo_tui.ui import words
from femo_tui.ui.blocking.results import Computed, compute, confused_of, models_that_confuse
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.screens.choose import Choose
from femo_tui.ui.screens.dialogs import Confirm
from femo_tui.ui.screens.export import ExportDialog
from femo_tui.ui.widgets.result_lines import BASELINES, MEASURES

if TYPE_CHECKING:
    from femo_tui.stats.results import Asked, StudyResults
    from femo_tui.training.models import Model

Way = TypeVar("Way", Baseline, Measure)
GROUP = "results"
BUSY_SHOWN_S = 0.3  # what takes no longer needs no word


class AskingScreen(FemoScreen):
    """Holds the results as last computed; subclasses draw them."""

    class Done(Message):
        """The results were computed."""

        def __init__(self, computed: Computed, number: int) -> None:
            super().__init__()
            self.computed, self.number = computed, number

    class Failed(Message):
        """They could not be; `text` says why."""

        def __init__(self, text: str, number: int) -> None:
            super().__init__()
            self.text, self.number = text, number

    def __init__(self) -> None:
        super().__init__()
        self.computed: Computed | None = None
        self.is_busy = False
        self._again = False  # data may have changed while they were being computed
        self._number = 0  # of what was asked for last: what comes late is passed over

    @property
    def results(self) -> StudyResults | None:
        return None if self.computed is None else self.computed.results

    def draw_results(self) -> None:
        """Draw other results than before."""

    def draw_head(self) -> None:
        """Draw whether they are being computed."""

    def draw_failure(self, text: str) -> None:
        """Draw why there are none."""

    def look_again(self) -> None:
        """Compute what is shown again, if its data changed; what is being computed comes first."""
        if self.is_busy:
            self._again = True
        else:
            self._start(None if self.computed is None else self.computed.asked)

    def _start(self, asked: Asked | None, *, agreed: bool = False) -> None:
        """Compute what is asked, by default what the study declares; see `compute`."""
        self._number += 1
        self.is_busy = True
        self.set_timer(BUSY_SHOWN_S, self.draw_head)
        self._compute(asked, self.computed, self._number, agreed)

    @work(thread=True, exclusive=True, exit_on_error=False, group=GROUP)
    def _compute(
        self, asked: Asked | None, before: Computed | None, number: int, agreed: bool
    ) -> None:
        from femo_tui.stats.results import Asked

        try:
            shown = None if before is None else before.results
            computed = compute(self.desk, asked or Asked(), shown, agreed=agreed)
        except FemoError as problem:
            self.post_message(self.Failed(str(problem), number))
        else:
            self.post_message(self.Done(computed, number))

    def on_asking_screen_done(self, message: Done) -> None:
        if message.number != self._number:
            return
        before, self.computed, self.is_busy = self.computed, message.computed, False
        if before is None or before.results is not message.computed.results:
            self.draw_results()
        else:
            self.draw_head()
        self.refresh_bindings()
        self._go_on()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.worker.group == GROUP and event.state is WorkerState.ERROR:
            self.is_busy = False  # by a defect, which is told

    def on_asking_screen_failed(self, message: Failed) -> None:
        if message.number == self._number:
            self.is_busy = False
            self.draw_failure(message.text)
            self._go_on()

    def _go_on(self) -> None:
        if self._again:
            self._again = False
            self.look_again()

    @work(exclusive=True, exit_on_error=False, group="ask")
    async def action_export(self) -> None:
        if (results := self.results) is not None:
            path = await self.app.push_screen_wait(ExportDialog(self.desk, results))
            if path is not None:
                self.console.say(f"Written: {path}")

    @work(exclusive=True, exit_on_error=False, group="ask")
    async def action_show_p(self) -> None:
        if (computed := self.computed) is None:
            return
        results = computed.results
        agreed = await self.app.push_screen_wait(
            Confirm(
                f"Show p with {results.n} of {results.study.planned_n} participants?",
                "p-values wander before the planned n. The look is logged with your name, and"
                " the methods paragraph tells of it.",
            )
        )
        if agreed:
            self._start(dataclasses.replace(computed.asked, show_p=True), agreed=True)

    @work(exclusive=True, exit_on_error=False, group="ask")
    async def action_baseline(self) -> None:
        if (computed := self.computed) is None:
            return
        now, declared = computed.results.baseline, computed.results.study.baseline
        taken = await self._choose("What is an emotion held against?", BASELINES, now, declared)
        if taken is not None and taken != now.value:
            self._start(dataclasses.replace(computed.asked, baseline=Baseline(taken), show_p=False))

    @work(exclusive=True, exit_on_error=False, group="ask")
    async def action_measure(self) -> None:
        if (computed := self.computed) is None:
            return
        now, declared = computed.results.measure, computed.results.study.measure
        taken = await self._choose("What is compared?", MEASURES, now, declared)
        if taken is not None and taken != now.value:
            self._start(dataclasses.replace(computed.asked, measure=Measure(taken), show_p=False))

    @work(exclusive=True, exit_on_error=False, group="ask")
    async def action_model(self) -> None:
        """Ask which model's confusions are compared, too."""
        if self.computed is None:
            return
        try:
            shelf = await to_thread(models_that_confuse, self.desk)
        except FemoError as problem:
            self.console.say(str(problem), refused=True)
            return
        models = shelf.models
        if shelf.damaged:
            self.console.say(words.first(shelf.problems), refused=True)
        elif not models:
            key = self.key_of("screen.train")
            none = f"There is no model that was evaluated on unseen people: {key} trains one."
            self.console.say(none)
            return
        confused = self.computed.asked.confused
        now = "" if confused is None else confused.model
        known = {model.name: model for model in models}
        ways = [("", "none", "the study's comparisons alone"), *map(_way_of, reversed(models))]
        question = Choose("Which model's confusions?", ways, now if now in known else "", "")
        taken = await self.app.push_screen_wait(question)
        if taken is not None and taken != now:
            self._confuse(known.get(taken))

    @work(exclusive=True, exit_on_error=False, group="confused")
    async def confuse(self, name: str) -> None:
        """Compare what a model confuses, beside the study's comparisons."""
        try:
            shelf = await to_thread(models_that_confuse, self.desk)
        except FemoError as problem:
            self.console.say(str(problem), refused=True)
            return
        self._confuse(next((model for model in shelf.models if model.name == name), None))

    def _confuse(self, model: Model | None) -> None:
        from femo_tui.stats.results import Asked

        asked = Asked() if self.computed is None else self.computed.asked
        confused = None if model is None else confused_of(model)
        self._start(dataclasses.replace(asked, confused=confused, show_p=False))
        if model is not None and model.stale:
            self.console.say(f"{model.name} is STALE: {'; '.join(model.stale)}", refused=True)

    async def _choose(
        self, question: str, ways: Mapping[Way, tuple[str, str]], now: Way, declared: Way
    ) -> str | None:
        listed = [(way.value, name, meaning) for way, (name, meaning) in ways.items()]
        return await self.app.push_screen_wait(Choose(question, listed, now.value, declared.value))


def _way_of(model: Model) -> tuple[str, str, str]:
    """Return a model as a way to choose."""
    headline = model.headline
    seen = "" if headline is None else f"{100 * headline.accuracy:.0f} % on unseen people"
    marks = ", STALE" if model.stale else ""
    return model.name, model.name, f"{seen}{marks}{', SIMULATED' if model.simulated else ''}"
