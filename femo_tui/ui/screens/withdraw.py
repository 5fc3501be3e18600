"""Taking consent back: how much, what will go, and the code typed before it does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Label, Static

from femo_tui.model.participants import SCOPE_WORDS, Participant, Scope
from femo_tui.ui.blocking.privacy import PrivacyRoom
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.screens.form import step
from femo_tui.ui.screens.long_work import in_sight
from femo_tui.ui.screens.modal import Over, key_hints
from femo_tui.ui.screens.told import Told
from femo_tui.ui.widgets.lines import page
from femo_tui.ui.widgets.tick import Tick
from femo_tui.ui.widgets.withdrawal_lines import plan_lines, title_of, withdrawn

if TYPE_CHECKING:
    from femo_tui.store.withdrawal import WithdrawalPlan


class HowMuch(Over[tuple[Scope, ...] | None]):
    """Asks what is taken back: no scope is everything; None if the operator goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "dismiss(None)", "back", id="withdrawal.back", tooltip="Take nothing back"
        ),
        step("withdrawal", "enter", "look", "look", "Look what would go"),
        step("withdrawal", "space", "tick", "tick", "Tick, or take the tick away"),
        step("withdrawal", "down", "app.focus_next", "next", "The next one"),
        step("withdrawal", "up", "app.focus_previous", "previous", "The one before"),
    ]

    def __init__(self, person: Participant) -> None:
        super().__init__()
        self._person = person

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content.styled(f"What does {self._person.code} take back?", "bold"))
            yield Static(
                Content.styled("A part takes with it what was recorded or made by it.", "$quiet")
            )
            yield Static("")
            yield Tick("everything: they leave the study", True, id="all", compact=True)
            for scope in Scope:
                if scope in self._person.consent.scopes | self._person.consent.lapsed:
                    text = f"{scope.value:<11} {SCOPE_WORDS[scope]}"
                    yield Tick(text, False, id=f"scope-{scope.value}", compact=True)
            yield Static("", id="problem")
            key = self.key_of
            look = (f"▸ {key('withdrawal.look')}", "look what would go")
            tick, back = (key("withdrawal.tick"), "tick"), (key("withdrawal.back"), "back")
            yield Static(key_hints(look, tick, back))

    def action_tick(self) -> None:
        """Tick; everything and a part of it exclude each other."""
        if not isinstance(self.focused, Tick):
            return
        self.focused.toggle()
        if self.focused.value:
            is_all = self.focused.id == "all"
            for tick in self.query(Tick):
                if tick is not self.focused and (is_all or tick.id == "all"):
                    tick.value = False

    def action_look(self) -> None:
        if self.query_one("#all", Tick).value:
            self.dismiss(())
            return
        scopes = [scope for scope in Scope for tick in self.query(f"#scope-{scope.value}")
                  if isinstance(tick, Tick) and tick.value]  # fmt: skip
        if scopes:
            self.dismiss(tuple(scopes))
        else:
            said = Content.styled("! Tick what is taken back.", "$warning")
            self.query_one("#problem", Static).update(said)


class WithdrawScreen(FemoScreen):
    """Shows what a withdrawal does; `agreed` once the code was typed."""

    HELP_TEXT = "Nothing has gone yet. What goes cannot be brought back."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "back", "back", id="withdrawal.leave", tooltip="Take nothing back after all"
        ),
        Binding(
            "pagedown",
            "further(1)",
            "more",
            id="withdrawal.more",
            tooltip="Further down",
            priority=True,
        ),
        Binding(
            "pageup",
            "further(-1)",
            "less",
            id="withdrawal.less",
            tooltip="Back up",
            show=False,
            priority=True,
        ),
    ]

    def __init__(self, plan: WithdrawalPlan) -> None:
        super().__init__()
        self._plan = plan
        self.agreed = False

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="plan", can_focus=False):
            yield Static(Content("\n").join(plan_lines(self._plan)))
        if not self._plan.blocked:
            with Horizontal(classes="field", id="agree"):
                yield Label(Content.assemble(("▸ ", "$accent bold"), ("Type the code", "bold")))
                yield Input(compact=True, max_length=12, id="typed")
                yield Static(f"{self._plan.code}, then enter: {title_of(self._plan)} goes for good",
                             classes="hint")  # fmt: skip

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip() == self._plan.code:
            self.agreed = True
            self.dismiss()
        else:
            key = self.key_of("withdrawal.leave")
            self.console.say(f"Type {self._plan.code} to go on; {key} goes back.", refused=True)

    def action_further(self, by: int) -> None:
        page(self.query_one("#plan", VerticalScroll), by)

    def action_back(self) -> None:
        self.dismiss()


class Withdrawing(FemoScreen):
    """A screen on which a participant's consent can be taken back."""

    @work(exclusive=True, exit_on_error=False, group="ask")
    async def take_back(self, person: Participant) -> None:
        """Ask how much, show what would go, ask for the code, do it."""
        room, code = PrivacyRoom(self.desk), person.code
        scopes = await self.app.push_screen_wait(HowMuch(person))
        if scopes is None:
            return
        look = partial(room.plan, code, scopes)
        looked = await in_sight(self.app, f"Look what of {code} would go", look)
        if looked.result is None:
            if looked.problem:
                self.console.say(looked.problem, refused=True)
            return
        screen = WithdrawScreen(looked.result)
        await self.app.push_screen_wait(screen)
        if not screen.agreed:
            self.console.say(f"{code}: nothing was taken back.")
            return
        do_it = partial(room.withdraw, code, scopes)
        done = await in_sight(self.app, f"Remove what is taken back of {code}", do_it)
        if done.result is not None:
            self.app.push_screen(Told(*withdrawn(done.result)))
        else:
            text = done.problem or f"{code}: cancelled before anything was removed."
            self.console.say(text, refused=bool(done.problem))
        self.console.look()
