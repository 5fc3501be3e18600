"""A small question over a screen: one of a few ways, each with what it means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from femo_tui.ui.screens.modal import Over, key_hints


class WayList(OptionList):
    """The ways; enter takes one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "take", id="choice.take", tooltip="Take what is chosen"),
    ]


class Choose(Over[str | None]):
    """Asks for one of several ways; None if the operator goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="choice.back", tooltip="Leave it as it is"),
    ]

    def __init__(
        self, question: str, ways: Sequence[tuple[str, str, str]], now: str, declared: str
    ) -> None:
        """Offer `ways` (id, name, meaning); `now` is in use, `declared` is the study's own."""
        super().__init__()
        self._question, self._ways, self._now, self._declared = question, ways, now, declared

    def compose(self) -> ComposeResult:
        widest = max(len(name) for _, name, _ in self._ways)
        with Vertical(classes="dialog -choice"):
            yield Static(Content.styled(self._question, "bold"))
            yield Static("")
            ways = WayList(compact=True)
            for key, name, meaning in self._ways:
                is_declared = key == self._declared
                line = Content.assemble(
                    (f"{name:<{widest}}  ", "bold" if key == self._now else ""),
                    (f"{meaning}{' (study.toml)' if is_declared else ''}", "$quiet"),
                )
                ways.add_option(Option(line, id=key))
            ways.highlighted = [key for key, _, _ in self._ways].index(self._now)
            yield ways
            yield Static("")
            take = (f"▸ {self.key_of('choice.take')}", "take")
            yield Static(key_hints(take, (self.key_of("choice.back"), "back")))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)
