"""Two models side by side: how they were made, and what each evaluation says of both."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from femo_tui.training.models import Model
from femo_tui.training.report import KIND_WORDS, percent
from femo_tui.training.validation import Kind, Unit, Validation, difference
from femo_tui.ui import words
from femo_tui.ui.screens.base import FemoScreen, heading
from femo_tui.ui.widgets.findings_panel import interval
from femo_tui.ui.widgets.train_lines import marks

NAME, ONE = 34, 19  # columns: what is compared, and each model


class CompareScreen(FemoScreen):
    """Draws what differs between two models."""

    HELP_TEXT = "Differences are paired: the same people, told by one model and by the other."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "back", id="compare.back", tooltip="To the models"),
    ]

    def __init__(self, older: Model, newer: Model) -> None:
        super().__init__()
        self._older, self._newer = older, newer

    def compose_body(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Content("\n").join(compared(self._older, self._newer)), id="compared")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()


def compared(older: Model, newer: Model) -> list[Content]:
    """Return the paired difference on unseen people, then the table: facts, evaluations."""
    lines = [
        *_verdict(older, newer),
        Content(""),
        Content.assemble(" " * NAME, (f"{older.name:<{ONE}}", "bold"), (newer.name, "bold")),
        *_facts(older, newer),
    ]
    if older.stale or newer.stale or older.simulated or newer.simulated:
        left, right = marks(older), marks(newer)
        gap = " " * max(ONE - left.cell_length, 1)
        lines.append(Content.assemble(" " * NAME, left, gap, right))
    lines += [Content(""), heading("Accuracy, with its 95 % interval over participants")]
    of = [{_key(v): v for v in model.validations} for model in (older, newer)]
    for key in dict.fromkeys([*of[0], *of[1]]):
        lines.append(_row(_name(key), *(_figure(one.get(key)) for one in of)))
    return lines


_Key = tuple[str, Kind, Unit]


def _key(one: Validation) -> _Key:
    return one.features, one.kind, one.unit


def _name(key: _Key) -> str:
    features, kind, unit = key
    return f"{features:<10}{KIND_WORDS[kind]}{', windows' if unit is Unit.WINDOW else ''}"


def _figure(one: Validation | None) -> str:
    return words.NONE if one is None else f"{percent(one.accuracy):>7} {interval(one)}"


def _row(name: str, left: str, right: str, *, differs: bool = False) -> Content:
    style = "bold" if differs else ""
    return Content.assemble(
        (f"{name:<{NAME}}", "$quiet"), (f"{left:<{ONE}}", style), (right, style)
    )


def _facts(older: Model, newer: Model) -> list[Content]:
    """Return how both were made; what differs is bold, with a word beside it."""
    lines = []
    for name, of in (
        ("made (UTC)", lambda m: m.made_utc[:16].replace("T", " ")),
        ("features", lambda m: m.features),
        ("head, seed", lambda m: f"{m.facts.get('head')}, {m.facts.get('seed')}"),
        ("with GSR", lambda m: "yes" if m.facts.get("with_gsr") else "no"),
        ("images", lambda m: str(m.facts.get("images", words.NONE))),
        ("participants", lambda m: str(len(m.participants))),
        ("classes", lambda m: str(len(m.classes))),
    ):
        left, right = of(older), of(newer)
        lines.append(_row(name, left, right, differs=left != right))
    people = [set(model.participants) for model in (older, newer)]
    only = [sorted(people[0] - people[1]), sorted(people[1] - people[0])]
    if any(only):
        lines.append(_row("only here", *(_few(names) for names in only), differs=True))
    return lines


def _few(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return (f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown) or words.NONE


def _verdict(older: Model, newer: Model) -> list[Content]:
    """Return the paired difference of the headlines in a sentence."""
    if older.headline is None or newer.headline is None:
        return [Content("One of them was not evaluated on unseen people: they cannot be compared.")]
    if older.classes != newer.classes:
        return [Content("They tell other classes apart: their accuracies cannot be compared.")]
    found = difference(newer.headline, older.headline)
    if found.low is None or found.high is None:
        return [Content("They share fewer than two people: they cannot be compared in pairs.")]
    sure = "" if found.low > 0 or found.high < 0 else ": it cannot be told from none"
    return [
        Content.styled(
            f"On the same {found.people} unseen people {newer.name} tells"
            f" {100 * found.mean:+.1f} points a person against {older.name}"
            f" [{100 * found.low:+.1f}, {100 * found.high:+.1f}]{sure}.",
            "bold",
        )
    ]
