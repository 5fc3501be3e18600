"""Training as it is followed: what there is to learn from, the trainer, its models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.message import Message
from textual.worker import get_current_worker

from femo_tui.errors import FemoError
from femo_tui.training.journal import TrainSnapshot, TrainState
from femo_tui.training.models import Model
from femo_tui.training.request import TrainRequest
from femo_tui.ui import words
from femo_tui.ui.blocking.training import Follower, TrainingRoom
from femo_tui.ui.overview import Overview
from femo_tui.ui.screens.findings import FindingsScreen

if TYPE_CHECKING:
    from femo_tui.training.survey import Survey

LOOK_EVERY_S = 0.2
REST_EVERY_S = 1.0  # while nothing is trained


class TrainWatch(FindingsScreen):
    """Holds what is known of training; subclasses draw it."""

    class Told(Message):
        """The training stands otherwise than before; a newer one takes this one's place."""

        def __init__(self, now: TrainSnapshot) -> None:
            super().__init__()
            self.now = now

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, TrainWatch.Told)

    class Surveyed(Message):
        """What there is to learn from was counted."""

        def __init__(self, survey: Survey) -> None:
            super().__init__()
            self.survey = survey

    class Read(Message):
        """The models and the settings were read."""

        def __init__(
            self, models: tuple[Model, ...], asked: TrainRequest, data_sets: tuple[str, ...]
        ) -> None:
            super().__init__()
            self.models, self.asked, self.data_sets = models, asked, data_sets

    def __init__(self) -> None:
        super().__init__()
        self.now: TrainSnapshot | None = None  # the newest training
        self.survey: Survey | None = None
        self.models: tuple[Model, ...] | None = None  # None until they were read
        self.asked: TrainRequest | None = None
        self.chosen: TrainRequest | None = None  # by this operator, here
        self._surveyed_for: tuple[object, ...] = ()
        self._data_sets: tuple[str, ...] | None = None

    @property
    def running(self) -> bool:
        return self.now is not None and self.now.state is TrainState.RUNNING

    def told(self, before: TrainSnapshot | None, now: TrainSnapshot) -> None:
        """Note what a training that stands otherwise changes."""

    def draw(self) -> None:
        """Draw what became known."""

    def on_screen_resume(self) -> None:
        self.follow()
        self._read()

    def on_screen_suspend(self) -> None:
        self.workers.cancel_group(self, "follow")

    def show_overview(self, overview: Overview) -> None:
        self._read()
        seen = (overview.runs, overview.participants)
        if seen != self._surveyed_for:
            self._surveyed_for = seen
            self.count()

    @work(thread=True, exclusive=True, exit_on_error=False, group="follow")
    def follow(self) -> None:
        """Read on in the newest training for as long as the screen is looked at."""
        worker, leaving = get_current_worker(), self.console.leaving
        follower = Follower(self.desk.store_root)
        before: TrainSnapshot | None = None
        while not worker.is_cancelled:
            now = follower.poll()
            if now is not None and now != before:
                before = now
                self.post_message(self.Told(now))
            running = now is not None and now.state is TrainState.RUNNING
            if leaving.wait(LOOK_EVERY_S if running else REST_EVERY_S):
                return

    @work(thread=True, exclusive=True, exit_on_error=False, group="survey")
    def count(self) -> None:
        room, worker = TrainingRoom(self.desk), get_current_worker()
        try:
            found = room.survey(self.chosen or room.settings())
        except FemoError as problem:
            self.app.call_from_thread(self.console.say, str(problem), refused=True)
        else:
            if not worker.is_cancelled:  # what is asked now is being counted
                self.post_message(self.Surveyed(found))

    @work(thread=True, exclusive=True, exit_on_error=False, group="models")
    def _read(self) -> None:
        room, worker = TrainingRoom(self.desk), get_current_worker()
        models: tuple[Model, ...] = ()
        try:
            shelf = room.models()
        except FemoError as problem:
            self.app.call_from_thread(self.console.say, str(problem), refused=True)
        else:
            models = shelf.models
            if shelf.damaged:
                said = words.first(shelf.problems)
                self.app.call_from_thread(self.console.say, said, refused=True)
        told = self.Read(models, room.settings(), room.data_sets())
        if not worker.is_cancelled:
            self.post_message(told)

    def on_train_watch_told(self, message: Told) -> None:
        before, self.now = self.now, message.now
        ended = message.now.state is not TrainState.RUNNING
        if ended and (before is None or before.state is TrainState.RUNNING):
            self._read()
        self.told(before, message.now)
        self.draw()

    def on_train_watch_surveyed(self, message: Surveyed) -> None:
        self.survey = message.survey
        self.draw()

    def on_train_watch_read(self, message: Read) -> None:
        self.models, self.asked = message.models, self.chosen or message.asked
        if self._data_sets not in (None, message.data_sets):
            self.count()
        self._data_sets = message.data_sets
        self.draw()
