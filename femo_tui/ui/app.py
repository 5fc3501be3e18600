"""The console: it shows what is saved, sends what the operator asks, and may die at any moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.reactive import var
from textual.screen import Screen
from textual.widget import AwaitMount
from textual.worker import Worker, WorkerState

from femo_tui import paths
from femo_tui.errors import FemoError, UsageError
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import CommandName, RunState
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.recorder.client import ActiveRun
from femo_tui.recorder.request import RecordRequest
from femo_tui.ui import status, theme
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.blocking.follow import follow
from femo_tui.ui.everywhere import EVERYWHERE_KEYS
from femo_tui.ui.keys import KeysInUse, keymap_of
from femo_tui.ui.messages import Followed, Looked, NotLooked, Said
from femo_tui.ui.overview import Overview
from femo_tui.ui.painting import ThriftyApp
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.screens.home import HomeScreen

if TYPE_CHECKING:
    from femo_tui.ui.tour import Tour

NOTICE_S = 12.0  # long enough to read two lines twice
STYLES = ("femo", "home", "people", "setup", "live", "runs", "train", "results", "dialogs", "share")
_ENDED = frozenset({RunState.DONE, RunState.FAILED, RunState.LOST})


def _screen(module: str, name: str) -> Screen[None]:
    """Make a screen that is imported when it is first gone to: the first paint waits for none."""
    made = getattr(import_module(f"femo_tui.ui.screens.{module}"), name)()
    assert isinstance(made, Screen)
    return made


class FemoApp(ThriftyApp):
    """One operator's view of one store."""

    TITLE = "femo"
    CSS_PATH: ClassVar = [paths.styles_dir() / f"{name}.tcss" for name in STYLES]
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {
        "home": HomeScreen,
        "people": partial(_screen, "people", "PeopleScreen"),
        "setup": partial(_screen, "setup", "SetupScreen"),
        "live": partial(_screen, "live", "LiveScreen"),
        "runs": partial(_screen, "runs", "RunsScreen"),
        "train": partial(_screen, "train", "TrainScreen"),
        "results": partial(_screen, "results", "ResultsScreen"),
        "share": partial(_screen, "share", "ShareScreen"),
    }
    DEFAULT_MODE = "home"
    BINDINGS: ClassVar[list[BindingType]] = EVERYWHERE_KEYS

    # `var`, not `reactive`: the latter draws the whole screen again at every change.
    snapshot: var[RunSnapshot | None] = var(None, always_update=True, init=False)
    overview: var[Overview | None] = var(None, always_update=True, init=False)
    trouble: var[str] = var("", init=False)  # why the catalog could not be read the last time
    active: var[ActiveRun | None] = var(None, init=False)
    minute: var[str] = var("", init=False)
    notice: var[tuple[str, bool]] = var(("", False), init=False)
    tour: var[Tour | None] = var(None, init=False)  # of a demonstration, unless it is hidden

    def __init__(
        self,
        desk: Desk,
        request_defaults: RecordRequest | None = None,
        *,
        usual_theme: str = "dark",
        keys: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.desk = desk
        self.request_defaults = request_defaults or RecordRequest(desk.store_root, "", "")
        self._keys = keys or {}  # as the config wants them
        self.key_of = KeysInUse({})  # what every text asks that names a key
        self.disk_free_bytes: int | None = None
        self.reading_takes_s = 0.0  # to look once at the run that is recorded
        self.leaving = threading.Event()
        self.farewell = ""  # what the terminal shows once the console is gone
        self._attached = False
        self._tour: Tour | None = None  # also while it is hidden
        self.register_theme(theme.DARK)
        self.register_theme(theme.LIGHT)
        self.theme = theme.LIGHT.name if usual_theme == "light" else theme.DARK.name

    @property
    def recording(self) -> RunSnapshot | None:
        """Return the run that a recorder holds, as last seen; None once it has ended."""
        shown = self.snapshot
        return shown if shown is not None and shown.state not in _ENDED else None

    def on_ready(self) -> None:
        self.be_thrifty()
        self._remap()
        self._follow()
        self.look()
        self.set_interval(5.0, self._tick)

    def _remap(self) -> None:
        """Give keys as the config wants them, or as femo is shipped, and say why."""
        if not self._keys:
            return
        try:
            keymap = keymap_of(self._keys)
        except UsageError as problem:
            self.say(f"{problem}. Until then femo's own keys are in use.", refused=True)
            return
        self.set_keymap(keymap)
        self.key_of = KeysInUse(keymap)

    def _tick(self) -> None:
        self.minute = self.desk.now().strftime("%H:%M")
        if self.trouble or self.desk.catalog.shared:
            self.look()

    # --- what workers post --------------------------------------------------------------------

    @work(thread=True, exclusive=True, exit_on_error=False, group="follow")
    def _follow(self) -> None:
        follow(self.desk, self.post_message, self.leaving)

    @work(thread=True, exclusive=True, exit_on_error=False, group="look")
    def look(self) -> None:
        """Read the catalog again."""
        try:
            self.post_message(Looked(self.desk.catalog.overview()))
            if self.desk.catalog.enter_unfinished():
                self.post_message(Looked(self.desk.catalog.overview()))
        except FemoError as problem:
            self.post_message(NotLooked(self.desk.catalog.trouble(problem)))

    @work(thread=True, exit_on_error=False, group="command")
    def command(self, name: CommandName, args: dict[str, JsonValue], pressed_s: float) -> None:
        """Send what a key asked for; `pressed_s` is when it went down."""
        try:
            reply = self.desk.send(name, args, pressed_s)
        except FemoError as problem:
            self.post_message(Said(str(problem), refused=True))
            return
        self.post_message(Said(reply.error or "", refused=not reply.ok))

    def on_followed(self, message: Followed) -> None:
        if not self.is_running:
            return  # the screens are being taken down
        was_recording = self.recording is not None
        before = None if self.active is None else self.active.run_dir
        self.active = message.active
        self.disk_free_bytes = message.disk_free_bytes
        self.reading_takes_s = message.took_s
        if message.snapshot is not None:
            self.snapshot = message.snapshot
        if message.active is not None and not self._attached:
            self._attached = True
            if isinstance(self.screen, HomeScreen):  # keys that answer a question are for it alone
                self.go("live")
        begun = message.active is not None and message.active.run_dir not in (None, before)
        if begun or (was_recording and self.recording is None):
            self.look()

    def on_looked(self, message: Looked) -> None:
        if self.is_running:
            self.trouble = ""
            first = self.overview is None
            self.overview = message.overview
            if first and self.desk.is_demonstration:
                self.action_tour()

    def on_not_looked(self, message: NotLooked) -> None:
        if self.is_running:
            if message.text != self.trouble and self.current_mode != "home":
                self.say(message.text, refused=True)
            self.trouble = message.text

    def on_said(self, message: Said) -> None:
        if self.is_running:
            self.say(message.text, refused=message.refused)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        self.tell_defect(event)

    def tell_defect(self, event: Worker.StateChanged) -> None:
        """Say it when a worker met a defect: the console goes on, nothing is passed over."""
        if event.state is WorkerState.ERROR and self.is_running:
            problem = event.worker.error
            self.say(f"a defect in {event.worker.name}: {problem!r}", refused=True)

    def say(self, text: str, *, refused: bool = False) -> None:
        """Put one sentence on the notice line for a while."""
        self.notice = (text, refused)
        if text:
            self.set_timer(NOTICE_S, lambda: self.unsay(text))

    def unsay(self, text: str) -> None:
        """Take a sentence back, unless another one has taken its place."""
        if self.notice[0] == text:
            self.notice = ("", False)

    # --- keys ---------------------------------------------------------------------------------

    async def action_go(self, mode: str) -> None:
        await self.go(mode)  # keys that were typed ahead are for the screen that comes

    def go(self, mode: str) -> AwaitMount:
        """Go to an area; it can be waited for."""
        there = self.switch_mode(mode)
        self.screen.refresh_bindings()
        return there

    def open(self, mode: str, target: str) -> None:
        """Go to a screen and to what is named on it: a participant, a run."""
        self.go(mode)
        if isinstance(self.screen, FemoScreen):
            self.screen.call_later(self.screen.aim, target)  # once it is composed

    def set_up(self, request: RecordRequest) -> None:
        """Go to the set-up with everything chosen as in `request`."""
        from femo_tui.ui.screens.setup import SetupScreen

        self.go("setup")
        if isinstance(self.screen, SetupScreen):
            self.screen.call_later(self.screen.begin, request)

    def action_theme(self) -> None:
        dark = self.theme == theme.DARK.name
        self.theme = theme.LIGHT.name if dark else theme.DARK.name

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "tour" or self.desk.is_demonstration

    def action_tour(self) -> None:
        from femo_tui.ui.tour import Tour

        self._tour = self._tour or Tour()
        self.tour = self._tour if self.tour is None else None

    def action_help(self) -> None:
        from femo_tui.ui.screens.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss()  # F1 goes before the keys of the help itself
        else:
            self.push_screen(HelpScreen(self.screen))

    async def action_quit(self) -> None:
        """Leave; the recorder is a process of its own and is not asked."""
        self.leaving.set()
        if (run := self.recording) is not None:
            self.farewell = f"{status.name_of(run)} goes on recording; `femo` shows it again."
        self.exit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        from femo_tui.ui.palette import commands_of

        return commands_of(self, screen)

    def on_unmount(self) -> None:
        self.leaving.set()
