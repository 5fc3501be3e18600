"""What goes into a bundle, who may open it, where it is written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from femo_tui.errors import UsageError
from femo_tui.ui import words
from femo_tui.ui.blocking.share_jobs import ExportWish
from femo_tui.ui.screens.form import Form, step
from femo_tui.ui.widgets.path_field import PathField
from femo_tui.ui.widgets.pick import Pick
from femo_tui.ui.widgets.tick import Tick

LEVELS = {
    "full": "signals, faces, what was typed if it was looked at",
    "no-faces": "signals and results",
    "statistics": "figures of windows and results alone",
}
ALL = "all"


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was typed, to show it again."""

    level: str = "full"
    who: str = ALL
    since: str = ""
    until: str = ""
    protocol: str = ""
    recipients: str = ""
    open_to_all: bool = False
    key: str = ""  # the name of the signing key, or its file
    note: str = ""
    classic: bool = False
    out: str = ""


class ExportForm(Form[Typed | None]):
    """Asks what is given out; None if the operator goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="bundle.not", tooltip="Give nothing out"),
        Binding("ctrl+s", "keep", "look", id="bundle.keep", tooltip="Look at what would go"),
        step("bundle", "space", "tick", "tick", "Tick, or take the tick away"),
        step("bundle", "enter", "next_or_keep", "enter", "Next field; on the last one look"),
        step("bundle", "down", "app.focus_next", "next", "Next field"),
        step("bundle", "up", "app.focus_previous", "previous", "Field before"),
    ]

    def __init__(self, typed: Typed, keys: Collection[str], problem: str = "") -> None:
        super().__init__()
        self._typed, self._keys, self._problem = typed, keys, problem
        self._proposed = typed.out
        self._shown = typed  # when the problem was told

    def compose(self) -> ComposeResult:
        typed = self._typed
        keys = f"keys of yours: {', '.join(self._keys)}" if self._keys else "empty: not signed"
        with Vertical(classes="dialog -form -bundle"):
            yield Static(Content.styled("Give a bundle out", "bold"))
            with Horizontal(classes="field"):
                yield Label("Level")
                yield Pick(tuple(LEVELS), typed.level, id="level")
            yield Static("", id="holds", classes="hint")
            yield from _field("Who", Input(typed.who, id="who", compact=True), "all, or S01, S02")
            with Horizontal(classes="field"):
                yield Label("From")
                yield Input(typed.since, id="since", compact=True, placeholder="first day")
                yield Label("to", id="until-label")
                yield Input(typed.until, id="until", compact=True, placeholder="last day")
                yield Static("days in UTC", classes="hint")
            protocol = Input(typed.protocol, id="protocol", compact=True, placeholder="any")
            yield from _field("Protocol", protocol, "")
            to = Input(typed.note, id="note", compact=True)
            yield from _field("To", to, "in words; noted here only")
            recipients = PathField(typed.recipients, id="recipients")
            yield from _field("Opened by", recipients, "age1… or a .pub file")
            yield Tick(
                "anybody may open it, also faces", typed.open_to_all, id="open", compact=True
            )
            yield from _field("Signed by", Input(typed.key, id="key", compact=True), keys)
            yield Tick("the layout of 2018 beside it", typed.classic, id="classic", compact=True)
            yield from _field("File", PathField(typed.out, id="out"), "")
            yield Static("", id="problem")
            with Horizontal(classes="field"):
                yield Button("▸ Look", id="keep", compact=True)
                level = f"{self.key_of('pick.before')}{self.key_of('pick.after')} level"
                yield Static(self.key_hint("bundle", "look", "bundle.not", level), classes="hint")

    def on_mount(self) -> None:
        self._say_level()
        self._say(self._problem)
        self.query_one(Pick).focus()

    def _say_level(self) -> None:
        self.query_one("#holds", Static).update(LEVELS[self.query_one(Pick).value])

    def _say(self, problem: str) -> None:
        self._shown = self.typed
        said = Content.styled(f"! {problem}", "$warning") if problem else Content("")
        self.query_one("#problem", Static).update(said)

    def on_pick_changed(self) -> None:
        """Tell what the level holds; a path that was not touched follows it."""
        self._say_level()
        level, path = self.query_one(Pick).value, self.query_one("#out", Input)
        if path.value == self._proposed:
            before = f"-{self._typed.level}."
            self._typed = self.typed
            self._proposed = path.value = path.value.replace(before, f"-{level}.")

    def on_input_changed(self) -> None:
        if self.typed != self._shown:  # fields tell of what they are given at first, too
            self._say("")

    def action_keep(self) -> None:
        typed = self.typed
        try:
            wish_of(typed, None)
        except UsageError as problem:
            self._say(str(problem))
            return
        self.dismiss(typed)

    @property
    def typed(self) -> Typed:
        """Return the form as it stands."""
        text = {
            name: self.query_one(f"#{name}", Input).value.strip()
            for name in ("who", "since", "until", "protocol", "recipients", "key", "note", "out")
        }
        return Typed(
            level=self.query_one(Pick).value,
            open_to_all=self.query_one("#open", Tick).value,
            classic=self.query_one("#classic", Tick).value,
            **text,
        )


def _field(name: str, field: Input, hint: str) -> ComposeResult:
    with Horizontal(classes="field"):
        yield Label(name)
        yield field
        if hint:
            yield Static(hint, classes="hint")


def wish_of(typed: Typed, key: Path | None) -> ExportWish:
    """Return what was typed as a wish, signed with `key`.

    Raises:
        UsageError: a field cannot be so.
    """
    if not typed.out:
        raise UsageError("write where the bundle goes")
    out = words.path_of(typed.out)
    if not out.is_absolute():
        raise UsageError(f"{typed.out}: write the whole path, from / or ~ on")
    who = [] if typed.who in ("", ALL) else typed.who.upper().replace(",", " ").split()
    return ExportWish(
        out=out,
        level=typed.level,
        participants=tuple(who),
        since=_day(typed.since),
        until=_day(typed.until),
        protocol=typed.protocol,
        classic=typed.classic,
        recipients=tuple(typed.recipients.replace(",", " ").split()),
        open_to_all=typed.open_to_all,
        sign_with=key,
        note=typed.note,
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text}: write a day such as 2026-11-22, or nothing") from None
