"""Bundles that leave the lab: asked for, looked at, written."""

from __future__ import annotations

import re
from asyncio import to_thread
from functools import partial
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content

from femo_tui.errors import FemoError
from femo_tui.ui import words
from femo_tui.ui.blocking.share_jobs import ExportDone, ExportWish
from femo_tui.ui.screens.export_form import ExportForm, Typed, wish_of
from femo_tui.ui.screens.export_look import ExportLookScreen
from femo_tui.ui.screens.long_work import in_sight
from femo_tui.ui.screens.sharing import Sharing
from femo_tui.ui.screens.told import Told

_NOT_IN_NAME = re.compile("[^a-z0-9]+")


class GivingOut(Sharing):
    """Gives bundles out."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "e", "export", "export", id="bundle.export", tooltip="Give a bundle out: what, to whom"
        ),
    ]
    _typed: Typed | None = None  # the form as it was left

    @work(exclusive=True, exit_on_error=False, group="ask")
    async def action_export(self) -> None:
        keys = await to_thread(self.room.own_keys)
        problem: str | None = ""
        if self._typed is None:
            self._typed = Typed(key=keys[0] if keys else "", out=self._proposed())
        while problem is not None:
            form = ExportForm(self._typed, keys, problem)
            typed = await self.app.push_screen_wait(form)
            if typed is None:
                return
            self._typed = typed
            problem = await self._try(typed)

    async def _try(self, typed: Typed) -> str | None:
        """Look, ask, write; return why the form comes again, None if it does not."""
        try:
            wish = wish_of(typed, await to_thread(self.room.signing_key, typed.key))
        except FemoError as trouble:
            return str(trouble)
        looked = await in_sight(self.app, "Look what would go", partial(self.room.look, wish))
        if looked.result is None:
            return looked.problem
        screen = ExportLookScreen(wish, looked.result)
        await self.app.push_screen_wait(screen)
        if screen.agreed is None:
            return ""
        return await self._write(screen.agreed)

    async def _write(self, wish: ExportWish) -> str | None:
        outcome = await in_sight(self.app, "Write the bundle", partial(self.room.export, wish))
        if outcome.result is not None:
            self._typed = None
            self.bundle_path = str(wish.out)
            self.read()
            self.app.push_screen(Told(*given_out(outcome.result)))
            return None
        if outcome.cancelled:
            self.console.say("Nothing was given out: cancelled, and what was written is removed.")
            return None
        return outcome.problem

    def _proposed(self) -> str:
        if self.desk.is_demonstration:  # whoever removes its folder has removed all of it
            return f"{self.desk.store_root}/demonstration-full.tar"
        overview = self.console.overview
        title = "" if overview is None else overview.study.title
        name = _NOT_IN_NAME.sub("-", title.lower()).strip("-")[:40] or "study"
        return f"~/{name}-{self.desk.now():%Y-%m-%d}-full.tar"


def given_out(done: ExportDone) -> tuple[Content, list[Content]]:
    """Return in plain words what was written."""
    key = words.plural(done.recipients, "key")
    opens = f"encrypted: {key} can open it" if done.recipients else "not encrypted"
    mark = ("   SIMULATED", "$warning bold") if done.simulated else ""
    signed = "signed" if done.signer else "not signed"
    lines = [
        Content.styled(words.place(done.path), "bold"),
        Content.assemble(
            f"{words.plural(done.people, 'participant')}, {words.plural(done.runs, 'run')},"
            f" {words.plural(done.faces, 'face')}, {words.plural(done.texts, 'text')}",
            mark,
        ),
        Content(f"{words.size(done.size_bytes)}, {opens}; {signed}"),
    ]
    if done.stays:
        left = f"{words.plural(done.stays, 'thing')} left out, each named in the bundle"
        lines.append(Content(left))
    sha256 = Content.assemble(("sha256    ", "$quiet"), done.sha256)
    return Content("The bundle is written."), [*lines, Content(""), sha256]
