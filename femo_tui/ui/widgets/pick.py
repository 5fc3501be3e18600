"""One of a few words, chosen in its line with ← and →."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class Pick(Widget, can_focus=True):
    """Shows all of the words; the chosen one is marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "before", id="pick.before", tooltip="The one before"),
        Binding("right", "move(1)", "after", id="pick.after", tooltip="The next one"),
    ]

    number: reactive[int] = reactive(0, init=False)

    class Changed(Message):
        """Another word was chosen."""

    def __init__(self, words: Sequence[str], chosen: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._words = tuple(words)
        self.set_reactive(Pick.number, self._words.index(chosen))

    @property
    def value(self) -> str:
        return self._words[self.number]

    def action_move(self, by: int) -> None:
        self.number = (self.number + by) % len(self._words)

    def watch_number(self) -> None:
        self.post_message(self.Changed())

    def render(self) -> Content:
        parts = []
        for number, word in enumerate(self._words):
            chosen = number == self.number
            style = ("$accent bold" if self.has_focus else "bold") if chosen else "$quiet"
            parts.append(Content.styled(f"{'▸' if chosen else ' '} {word}", style))
        return Content("   ").join(parts)
