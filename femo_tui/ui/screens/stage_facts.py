"""The set-up's last stages: the facts of the room, and all that was chosen before the start."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Input, Label

from femo_tui.errors import UsageError
from femo_tui.model.environment import EnvironmentFact, asked_facts, read_fact
from femo_tui.model.records import JsonValue
from femo_tui.recorder.preflight_client import Check, CheckState
from femo_tui.ui.blocking.plans import PlannedRun
from femo_tui.ui.screens.base import heading
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.path import in_the_way

# What no device can tell; the operator goes through it with the participant in the chair.
LAST_LOOK = (
    "the electrodes sit, the hand rests, the face is towards the screen",
    "the participant knows: ESC ends it at once, no reason needed",
    "telephones are silent, the door is closed",
)
NAME_WIDTH = 9
_LOOKED_AT = (CheckState.WARNING, CheckState.MISSING)


class FactsStage(Vertical):
    """A field for each fact that the protocol asks, filled with what was told in this session."""

    def __init__(self) -> None:
        super().__init__(id="facts")
        self._of = ""  # whose room it is
        self._asked: list[EnvironmentFact] = []
        self._told: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="fact-fields", can_focus=False):
            for fact in self._asked:
                with Horizontal(classes="field"):
                    yield Label(fact.title)
                    yield Input(
                        self._told.get(fact.name, ""),
                        id=f"fact-{fact.name}",
                        compact=True,
                        placeholder=fact.example and f"e.g. {fact.example}",
                    )
        yield Lines(id="fact-problem")

    async def ask(self, plan: PlannedRun | None) -> None:
        """Show the fields of a planned run; what was written for the same participant stays."""
        of, asked, told = "", list[EnvironmentFact](), dict[str, str]()
        if plan is not None:
            of, asked = plan.participant, asked_facts(plan.protocol.asks_environment)
            told = {name: f"{value}" for name, value in plan.told.items()}
        if (of, asked, told) != (self._of, self._asked, self._told):
            self._of, self._asked, self._told = of, asked, told
            await self.recompose()

    def forget(self) -> None:
        """Ask anew the next time: what was written went into a run."""
        self._of = ""

    def enter(self) -> None:
        for field in self.query(Input):
            field.focus()
            break

    def is_last(self, field: Input) -> bool:
        return bool(self._asked) and field.id == f"fact-{self._asked[-1].name}"

    def on_input_changed(self) -> None:
        problem = self.problem
        lines = [in_the_way(line) for line in textwrap.wrap(problem, max(self.size.width - 2, 20))]
        self.query_one("#fact-problem", Lines).show_all(lines)

    @property
    def problem(self) -> str:
        """Return what is wrong with what was written, empty if nothing is."""
        try:
            self.facts()
        except UsageError as problem:
            return str(problem)
        return ""

    @property
    def missing(self) -> list[str]:
        """Return the facts that will stand as not recorded."""
        return [fact.title for fact in self._asked if not self._written(fact)]

    def facts(self) -> dict[str, JsonValue]:
        """Return what was written; what was left empty is not recorded.

        Raises:
            UsageError: something written makes no sense.
        """
        written = {fact.name: self._written(fact) for fact in self._asked}
        return {name: read_fact(name, text) for name, text in written.items() if text}

    def _written(self, fact: EnvironmentFact) -> str:
        return self.query_one(f"#fact-{fact.name}", Input).value.strip()


class StartStage(VerticalScroll):
    """All that was chosen, once more, and what only a person can see."""

    def __init__(self) -> None:
        super().__init__(id="start", can_focus=False)
        self._shown: tuple[PlannedRun | None, Mapping[str, Check], Sequence[str]] = (None, {}, ())
        self._player = ""

    def compose(self) -> ComposeResult:
        yield Lines(id="summary")

    def show(
        self,
        plan: PlannedRun | None,
        checks: Mapping[str, Check],
        not_recorded: Sequence[str],
        player: str,
    ) -> None:
        """Draw the run that is about to start, on this player."""
        self._player = player
        self._shown = (plan, checks, not_recorded)
        self._draw()

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        plan, checks, not_recorded = self._shown
        width = max(self.size.width - 2, 40)
        lines: list[Content] = []
        if plan is not None:
            films = (step.name for step in plan.protocol.steps if step.condition is not None)
            lines += _told("Order", " → ".join(films), width)
            for again in plan.again(self._player):
                lines += _told("Again", f"! {again}", width, True)
        names = {name: "GSR" if name == "gsr" else name for name in checks}
        fine = [names[name] for name, check in checks.items() if check.state is CheckState.OK]
        lines += _told("Ready", ", ".join(fine), width)
        for name, check in checks.items():
            if check.state is not CheckState.OK:
                title = names[name][0].upper() + names[name][1:]
                lines += _told(title, _in_words(check), width, check.state in _LOOKED_AT)
        if not_recorded:
            lines += _told("Room", f"! not recorded: {'; '.join(not_recorded)}", width, True)
        lines += [Content(""), heading("With the participant in the chair")]
        lines += [Content(f"· {line}") for line in LAST_LOOK]
        self.query_one("#summary", Lines).show_all(lines)


def _in_words(check: Check) -> str:
    """Return what is not ok in its own words: a reading does not tell why something is missing."""
    sign = "! " if check.state in _LOOKED_AT else ""
    reading = "" if check.state is CheckState.MISSING else f"  {check.reading}"
    remedy = f" → {check.remedy}" if check.remedy else ""
    return f"{sign}{check.text}{reading}".rstrip() + remedy


def _told(name: str, text: str, width: int, look: bool = False) -> list[Content]:
    first, *others = textwrap.wrap(text, width - NAME_WIDTH) or [""]
    style = "$warning" if look else ""
    return [
        Content.assemble((f"{name:<{NAME_WIDTH}}", "bold"), (first, style)),
        *(Content.assemble(" " * NAME_WIDTH, (line, style)) for line in others),
    ]
