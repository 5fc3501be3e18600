"""A bundle before it is written: who and what stays in the lab and why, which texts would go."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import ClassVar, TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize

from femo_tui.ui import words
from femo_tui.ui.blocking.share_jobs import ExportLook, ExportWish, Stays, TypedText
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.widgets.lines import Lines, spread
from femo_tui.ui.widgets.row_list import RowList

Row: TypeAlias = "tuple[int, Stays | TypedText]"

_WHO, _WHAT = 8, 24


class LookTable(RowList[Row]):
    """What stays, or what was typed."""


class ExportLookScreen(FemoScreen):
    """Shows what would go; `agreed` is what is to be written, None if the operator went back."""

    HELP_TEXT = "Nothing has left the lab yet. Typed texts go only after all were looked at."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "write", "write it", id="bundle.write", tooltip="Write the bundle"),
        Binding(
            "t", "texts", "texts", id="bundle.texts", tooltip="The texts that were typed; or back"
        ),
        Binding(
            "a",
            "add_texts",
            "add texts",
            id="bundle.add-texts",
            tooltip="The texts go, too, or stay; once the last one was looked at",
        ),
        Binding("escape", "back", "back", id="bundle.form", tooltip="Back to the form"),
    ]

    def __init__(self, wish: ExportWish, found: ExportLook) -> None:
        super().__init__()
        self._wish, self._found = wish, found
        self._shows_texts = self._saw_all = False
        self._title_of_rows = ""
        self.agreed: ExportWish | None = None

    @property
    def is_refused(self) -> bool:
        """Return whether it may not be written as it is."""
        return bool(self._found.refusal)

    def compose_body(self) -> ComposeResult:
        yield Lines(id="what-goes")
        yield LookTable((), lambda row: str(row[0]), self._cells, id="rows")
        yield Lines(id="row")
        yield Lines(id="next")

    def on_mount(self) -> None:
        self.query_one(LookTable).focus()
        self._list()

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self._draw)

    # --- drawing ------------------------------------------------------------------------------

    def _list(self) -> None:
        found, table = self._found, self.query_one(LookTable)
        rows = found.texts if self._shows_texts else found.stays
        count = words.count(len(rows))
        title = f"Typed by people: {count}" if self._shows_texts else f"Stays in the lab: {count}"
        self._title_of_rows = title
        table.show(list(enumerate(rows)))
        table.cursor = 0
        self._draw()
        self.refresh_bindings()

    def _draw(self) -> None:
        width = max(self.query_one("#body").content_size.width, 20)
        wish, found = self._wish, self._found
        people = words.people(len(found.people))
        faces = words.plural(found.faces, "face")
        mark = Content.styled("SIMULATED", "$warning bold") if found.simulated else Content("")
        size = f"about {words.size(found.size_bytes)}"
        goes = Content(f"{people} · {words.plural(found.runs, 'run')} · {faces} · {size}")
        key = words.plural(len(found.recipients), "key")
        opened = f"opened by {key}" if found.recipients else "anybody can open it"
        signed = "signed" if found.signer else "not signed"
        lines = [
            spread(Content.assemble((wish.level, "bold"), "  ", goes), mark, width),
            Content(f"{opened} · {signed}"),
            Content.styled(f"to {words.place(wish.out)}", "$quiet"),
        ]
        self.query_one("#what-goes", Lines).show_all(lines)
        room = max(width - _WHO - _WHAT, 1)
        columns = [(self._title_of_rows, _WHO + _WHAT), ("", room)]
        self.query_one(LookTable).name_columns(columns)
        self._draw_next(width)

    def _draw_next(self, width: int) -> None:
        found = self._found
        if found.refusal:
            told = _plain(found.refusal, self.key_of("bundle.form"))
            lines = [Content.styled(part, "$warning") for part in textwrap.wrap(told, width)]
            self.query_one("#next", Lines).show_all(lines)
            return
        may_go = [text for text in found.texts if not text.held_back]
        texts = ""
        if self._wish.texts:
            texts = f" with {words.plural(len(may_go), 'text')}"
        elif found.texts:
            texts = " without the texts"
        do_it = Content.assemble(("▸ ", "$accent bold"), (f"Write the bundle{texts}", "bold"))
        key = self.key_of
        hint = key("bundle.write")
        if self._shows_texts:
            add = key("bundle.add-texts")
            to_last = f"{key('list.down')} to the last one, then {add}: they go"
            hint = f"{add}: they go, or stay" if self._saw_all else to_last
        elif found.texts:
            hint = f"{key('bundle.texts')}: look at them"
        self.query_one("#next", Lines).show_all(
            [spread(do_it, Content.styled(hint, "$quiet"), width)]
        )

    def _cells(self, row: Row) -> list[Content]:
        one = row[1]
        who = f"{one.participant or words.NONE:<{_WHO}}"
        if isinstance(one, Stays):
            first = Content.assemble((who, "bold"), one.what or "all of it")
            return [first, Content.styled(one.reason, "$quiet")]
        first = Content.assemble((who, "bold"), (f"{one.kind:<8}", ""), (one.where, "$quiet"))
        stays = self._wish.texts and one.held_back
        return [first, Content.styled(one.text, "$quiet strike" if stays else "")]

    def on_row_list_pointed(self) -> None:
        table = self.query_one(LookTable)
        row = table.item
        lines: list[Content] = []
        if row is not None:
            one = row[1]
            text = one.text if isinstance(one, TypedText) else one.reason
            width = max(table.size.width, 20)
            is_whole = isinstance(one, Stays) and len(text) <= width - _WHO - _WHAT  # in its row
            lines = [] if is_whole else [Content(p) for p in textwrap.wrap(text, width)[:3]]
            if isinstance(one, TypedText) and one.held_back:
                lines = [*lines[:2], Content.styled(f"! stays: {one.held_back}", "$warning")]
            if self._shows_texts and row[0] == len(self._found.texts) - 1 and not self._saw_all:
                self._saw_all = True
                self._draw()
        self.query_one("#row", Lines).show(lines)
        self.refresh_bindings()

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "texts":
            return bool(self._found.texts)
        if action == "add_texts":
            return self._shows_texts and self._saw_all
        if action == "write":
            return not self._found.refusal
        return True

    def action_texts(self) -> None:
        self._shows_texts = not self._shows_texts
        self._list()

    def action_add_texts(self) -> None:
        self._wish = replace(self._wish, texts=not self._wish.texts)
        self.query_one(LookTable).refresh()
        self._draw()

    def action_write(self) -> None:
        self.agreed = self._wish
        self.dismiss()

    def action_back(self) -> None:
        self.dismiss()


def _plain(refusal: str, back: str) -> str:
    """Return a refusal as it reads on a screen: without what is for the command line."""
    named = f"name who may open it, or tick that anybody may ({back})"
    return f"! {refusal.partition(':')[0]}: {named}."
