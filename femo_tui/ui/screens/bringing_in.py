"""Bundles of other labs: verified, held against the store, brought in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Label, Static

from femo_tui.errors import UsageError
from femo_tui.model.participants import check_code
from femo_tui.ui import words
from femo_tui.ui.blocking.share_jobs import Contradictions
from femo_tui.ui.screens.dialogs import Confirm
from femo_tui.ui.screens.long_work import in_sight
from femo_tui.ui.screens.modal import Over, key_hints
from femo_tui.ui.screens.sharing import Sharing
from femo_tui.ui.screens.told import Told, warnings
from femo_tui.ui.widgets.path_field import PathField

if TYPE_CHECKING:
    from femo_tui.bundle.incoming.importing import ImportResult
    from femo_tui.bundle.incoming.verifying import BundleReport

SIMULATED = "SIMULATED"
_REMEDY = re.compile(r"[:;] ")  # what follows is for the command line


class AskBundle(Over[Path | None]):
    """Asks which bundle; None if the operator goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="bundle.back", tooltip="None of them"),
    ]

    def __init__(self, question: str, path: str, problem: str = "") -> None:
        super().__init__()
        self._question, self._path, self._problem = question, path, problem

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -share"):
            yield Static(Content.styled(self._question, "bold"))
            yield PathField(self._path)
            yield Static("a .tar or .tar.age; → completes the path", classes="hint")
            said = f"! {self._problem}" if self._problem else ""
            yield Static(Content.styled(said, "$warning"), id="problem")
            yield Static(key_hints(("▸ enter", "read it"), (self.key_of("bundle.back"), "back")))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if text := event.value.strip():
            self.dismiss(words.path_of(text))


class CodesForm(Over[dict[str, str] | None]):
    """Asks which codes people of a bundle get here; None if the operator goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="codes.back", tooltip="Bring nothing in"),
        Binding("ctrl+s", "keep", "bring in", id="codes.keep", tooltip="Bring them in so"),
        Binding(
            "down", "app.focus_next", "next", id="codes.next", tooltip="Next one", priority=True
        ),
        Binding(
            "up",
            "app.focus_previous",
            "before",
            id="codes.before",
            tooltip="The one before",
            priority=True,
        ),
    ]

    def __init__(self, sentences: Mapping[str, str], given: Mapping[str, str]) -> None:
        super().__init__()
        self._sentences, self._given = sentences, given

    def compose(self) -> ComposeResult:
        n = len(self._sentences)
        with VerticalScroll(classes="dialog -share", can_focus=False):
            title = f"{words.plural(n, 'code')} of the bundle {'are' if n > 1 else 'is'} taken here"
            yield Static(Content.styled(title, "bold"))
            how = "The same person: write the code again. Another person: a code that is free."
            yield Static(Content.styled(how, "$quiet"))
            for code, sentence in self._sentences.items():
                yield Static("")
                yield Static(Content(f"{_REMEDY.split(sentence)[0]}."))
                with Horizontal(classes="field"):
                    yield Label(f"{code} is")
                    yield Input(self._given.get(code, ""), id=f"code-{code}", compact=True)
            yield Static("", id="problem")
            key = self.key_of
            keep = (f"▸ {key('codes.keep')}", "bring in")
            codes = (f"{key('codes.before')}{key('codes.next')}", "codes")
            nothing = (key("codes.back"), "nothing is brought in")
            yield Static(key_hints(keep, codes, nothing))

    def on_input_submitted(self) -> None:
        inputs = list(self.query(Input))
        if self.focused is inputs[-1]:
            self.action_keep()
        else:
            self.app.action_focus_next()

    def action_keep(self) -> None:
        codes = {}
        for code in self._sentences:
            field = self.query_one(f"#code-{code}", Input)
            try:
                codes[code] = check_code(field.value.strip().upper())
            except UsageError:
                field.focus()
                said = f"! {code}: write a code for them, such as {code} or X01."
                self.query_one("#problem", Static).update(Content.styled(said, "$warning"))
                return
        self.dismiss({**self._given, **codes})


class BringingIn(Sharing):
    """Verifies bundles and brings them in."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "v", "verify", "verify", id="bundle.verify", tooltip="Read a bundle; nothing is kept"
        ),
        Binding(
            "i", "bring_in", "import", id="bundle.import", tooltip="Take a bundle into the store"
        ),
    ]
    has_verified = False  # a bundle, whole and unchanged

    @work(exclusive=True, exit_on_error=False, group="ask")
    async def action_verify(self) -> None:
        found = await self._verified("Verify which bundle?")
        if found is not None:
            self.app.push_screen(Told(*verified(found)))

    async def _verified(self, question: str) -> BundleReport | None:
        """Ask for a bundle and read it; ask again where it cannot be read."""
        problem = ""
        while True:
            path = await self.app.push_screen_wait(AskBundle(question, self.bundle_path, problem))
            if path is None:
                return None
            self.bundle_path = str(path)
            outcome = await in_sight(
                self.app, f"Verify {path.name}", partial(self.room.verify, path)
            )
            if outcome.cancelled:
                self.console.say("Not verified: cancelled.")
                return None
            if outcome.result is not None:
                self.has_verified = self.has_verified or outcome.result.holds
                return outcome.result
            problem = outcome.problem

    @work(exclusive=True, exit_on_error=False, group="ask")
    async def action_bring_in(self) -> None:
        found = await self._verified("Bring which bundle in?")
        if found is None:
            return
        if not found.holds:
            self.app.push_screen(Told(*verified(found)))
            return
        _, lines = verified(found)
        question = Confirm("Bring this bundle into the store?", Content("\n").join(lines))
        if not await self.app.push_screen_wait(question):
            return
        codes: dict[str, str] = {}
        while True:
            what = partial(self.room.take_in, found.path, codes)
            outcome = await in_sight(self.app, f"Bring {found.path.name} in", what)
            if isinstance(outcome.result, Contradictions):
                form = CodesForm(outcome.result.sentences, codes)
                given = await self.app.push_screen_wait(form)
                if given is None:
                    self.console.say("Nothing was brought in.")
                    return
                codes = given
                continue
            if outcome.result is not None:
                self.app.push_screen(Told(*brought_in(outcome.result)))
                self.console.look()
            else:
                text = outcome.problem or "Nothing was brought in: cancelled."
                self.console.say(text, refused=bool(outcome.problem))
            self.read()
            return


def verified(found: BundleReport) -> tuple[Content, list[Content]]:
    """Return in plain words what a bundle is, or what is wrong with it."""
    if not found.holds:
        faults = warnings(found.faults, f"femo verify {found.path}", "$error")
        return Content("This bundle does not verify."), faults
    level = "" if found.level is None else f"level {found.level.value}"
    is_said = found.study.startswith(SIMULATED)
    mark = (f"   {SIMULATED}", "$warning bold") if found.simulated and not is_said else ""
    closed = "encrypted, opened with a key of yours" if found.encrypted else "not encrypted"
    lines = [
        Content.assemble((found.study or found.name, "bold"), f"   {level}", mark),
        Content(
            f"{words.plural(len(found.participants), 'participant')},"
            f" {words.plural(found.runs, 'run')}, {words.plural(found.faces, 'face')}"
        ),
        Content(f"{words.plural(found.files, 'file')}, {words.size(found.size_bytes)}, {closed}"),
        _signature(found),
    ]
    return Content("This bundle verifies: whole, and unchanged since it was made."), lines


def _signature(found: BundleReport) -> Content:
    if found.trusted_as:
        return Content.styled(f"signed by {found.trusted_as}, whom you trust", "$success")
    if found.signer:
        told = f"signed by {found.signer[:28]}…, whom nobody here vouches for"
        return Content.styled(told, "$warning")
    return Content.styled("not signed: nothing tells who made it", "$warning")


def brought_in(done: ImportResult) -> tuple[Content, list[Content]]:
    """Return in plain words what came in."""
    new = f", {words.count(len(done.registered))} of them new" if done.registered else ""
    lines = [
        Content(
            f"{words.plural(len(done.runs), 'run')} of"
            f" {words.plural(len(done.participants), 'participant')}{new}"
        )
    ]
    lines += [
        Content(f"{there} of the bundle is {here} here")
        for there, here in done.participants.items()
        if there != here
    ]
    if done.known_runs:
        known = words.plural(len(done.known_runs), "run")
        lines.append(
            Content(
                f"{known} here already, left as it is"
                if len(done.known_runs) == 1
                else f"{known} here already, left as they are"
            )
        )
    lines += warnings(done.notes, "femo import")
    lines.append(
        Content.styled(f"the bundle is kept in {done.kept.parent.name}/{done.kept.name}", "$quiet")
    )
    return Content("The bundle is in the store."), lines
