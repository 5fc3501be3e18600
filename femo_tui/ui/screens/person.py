"""The form of one participant, checked as it is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from femo_tui.errors import UsageError
from femo_tui.model.clock import Clock
from femo_tui.model.participants import (
    SCOPE_WORDS,
    Consent,
    Participant,
    Scope,
    Sex,
    check_age,
    check_code,
    parse_expiry,
)
from femo_tui.ui.screens.form import Form, step
from femo_tui.ui.widgets.tick import Tick


class PersonForm(Form[Participant | None]):
    """Asks for a participant; None if the operator goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="form.back", tooltip="Back; nothing is kept"),
        Binding("ctrl+s", "keep", "keep", id="form.keep", tooltip="Keep what is written"),
        step("form", "space", "tick", "tick", "Give or take back a consent"),
        step("form", "enter", "next_or_keep", "enter", "Next field; on the last one keep"),
        step("form", "down", "app.focus_next", "next", "Next field"),
        step("form", "up", "app.focus_previous", "previous", "Field before"),
    ]

    def __init__(
        self,
        code: str,
        taken: set[str],
        form_version: str,
        clock: Clock,
        *,
        known: Participant | None = None,
        typed: Participant | None = None,
    ) -> None:
        """Ask for a new participant, or about one who is `known`.

        Args:
            code: what is proposed.
            taken: codes that are given already.
            form_version: of the study's consent form.
            clock: when a consent is given.
            known: who is edited.
            typed: what was written before and could not be kept.
        """
        super().__init__()
        self._code, self._taken, self._form_version = code, taken, form_version
        self._clock, self._known, self._shown = clock, known, typed or known

    def compose(self) -> ComposeResult:
        known, shown = self._known, self._shown
        title = f"Edit {known.code}" if known else "Register a participant"
        form = shown.consent.form_version if shown else self._form_version
        with Vertical(classes="dialog -form"):
            yield Static(Content.styled(title, "bold"))
            with Horizontal(classes="field"):
                yield Label("Code")
                yield Input(self._code, id="code", compact=True, disabled=known is not None)
                yield Static("proposed; never a name", classes="hint")
            with Horizontal(classes="field"):
                yield Label("Age")
                age = "" if shown is None or shown.age is None else str(shown.age)
                yield Input(age, id="age", compact=True, restrict=r"\d*", max_length=3)
                yield Static("whole years, or empty", classes="hint")
            with Horizontal(classes="field"):
                yield Label("Sex")
                sex = "" if shown is None or shown.sex is None else shown.sex.value
                yield Input(sex, id="sex", compact=True, max_length=1)
                yield Static("F, M or X as stated, or empty", classes="hint")
            ticks = f"   {self.key_of('form.tick')} ticks what was agreed to"
            yield Static(Content.assemble("Consent", (ticks, "$quiet")), id="consent")
            for scope in Scope:
                given = shown is not None and shown.allows(scope)
                text = f"{scope.value:<11} {SCOPE_WORDS[scope]}"
                yield Tick(text, given, id=f"scope-{scope.value}", compact=True)
            with Horizontal(classes="field"):
                yield Label("Form")
                yield Input(form, id="form", compact=True, max_length=20)
                yield Static("version of the form that was signed", classes="hint")
            with Horizontal(classes="field"):
                yield Label("Until")
                until = (shown.consent.expires_utc or "")[:10] if shown else ""
                yield Input(until, id="until", compact=True, max_length=10)
                yield Static("last day it holds, 2027-12-31, or empty", classes="hint")
            with Horizontal(classes="field"):
                yield Label("Notes")
                yield Input(shown.notes if shown else "", id="notes", compact=True)
            yield Static("", id="problem")
            with Horizontal(classes="field"):
                yield Button("▸ Keep" if known else "▸ Register", id="keep", compact=True)
                yield Static(self.key_hint("form", "keep", "form.back"), classes="hint")

    def on_mount(self) -> None:
        self.query_one("#age" if self._known else "#code", Input).focus()
        self._check()

    def on_input_changed(self) -> None:
        self._check()

    def action_keep(self) -> None:
        if (person := self._check()) is not None:
            self.dismiss(person)

    def _check(self) -> Participant | None:
        """Say in one sentence what is wrong; return the participant if nothing is."""
        try:
            person = self._read()
        except UsageError as problem:
            self.query_one("#problem", Static).update(Content.styled(f"! {problem}", "$warning"))
            self.query_one("#keep", Button).disabled = True
            return None
        self.query_one("#problem", Static).update("")
        self.query_one("#keep", Button).disabled = False
        return person

    def _read(self) -> Participant:
        code = check_code(self.query_one("#code", Input).value.strip())
        if code in self._taken:
            raise UsageError(
                f"participant {code} is registered already, or was: choose another code"
            )
        age_text = self.query_one("#age", Input).value
        sex_text = self.query_one("#sex", Input).value.strip().upper()
        if sex_text and sex_text not in Sex.__members__:
            raise UsageError(f"sex {sex_text!r}: write F, M or X, or leave it empty")
        scopes = frozenset(s for s in Scope if self.query_one(f"#scope-{s.value}", Tick).value)
        now = self._clock.utc().isoformat(timespec="seconds").replace("+00:00", "Z")
        known = self._known
        form = self.query_one("#form", Input).value.strip()
        until = parse_expiry(self.query_one("#until", Input).value)
        if scopes and until is not None and until < now:
            raise UsageError(f"consent until {until[:10]}: that day has passed; write another one")
        consent = Consent(scopes, form, now, until)
        if known:
            before = known.consent
            if (before.scopes, before.form_version, before.expires_utc) == (scopes, form, until):
                consent = before
        return Participant(
            code=code,
            age=check_age(int(age_text)) if age_text else None,
            sex=Sex(sex_text) if sex_text else None,
            notes=self.query_one("#notes", Input).value.strip(),
            consent=consent,
            registered_utc=known.registered_utc if known else now,
        )
