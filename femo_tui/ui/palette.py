"""The command palette: everything that keys do on a screen, found by name."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen

_HERE = "command_palette"  # what is looked at
# What is done, where the second part of an id is a thing or a place.
_VERBS = {
    "home.do": "Do what is chosen",
    "participant.history": "Show history",
    "participant.list": "Leave the search",
    "setup.next-field": "Go to the next field",
    "setup.steps": "Show all steps",
    "setup.more": "Scroll down",
    "setup.less": "Scroll up",
    "setup.picture": "Show the camera",
    "setup.card": "Show the test card",
    "setup.devices": "Write addresses",
    "setup.person": "Choose the participant",
    "setup.protocol": "Choose the protocol",
    "run.rating": "Answer",
    "run.events": "List events",
    "run.picture": "Show the camera",
    "run.primary": "Choose as the one that counts",
    "window.faces": "Look at faces",
    "results.plot": "Show the plot",
    "results.methods": "Show the methods",
    "results.notes": "Show the notes",
    "results.tables": "Show the tables",
    "results.baseline": "Choose the baseline",
    "results.measure": "Choose the measure",
    "results.page-up": "Scroll up",
    "results.page-down": "Scroll down",
    "results.confused": "Choose a model that confuses",
    "train.options": "Choose options",
    "train.data": "Show the data set",
    "train.models": "List models",
    "train.losses": "Show the losses",
    "findings.confusion": "Show the matrix",
    "findings.mistakes": "Show the mistakes",
    "findings.in-results": "Go to the results",
    "matrix.turn": "Switch between counts and percent",
    "matrix.before": "Go to the evaluation before",
    "matrix.next": "Go to the next evaluation",
    "matrix.in-results": "Go to the results",
    "machine.more": "Scroll down",
    "machine.less": "Scroll up",
    "model.list-back": "Go back",
    "backup.make": "Back up now",
    "bundle.texts": "Show the texts",
    "bundle.form": "Go back to the form",
    "app.tour": "Show or hide the captions",
    "app.theme": "Switch between dark and light",
}
_MOVES = frozenset({"up", "down", "left", "right", "first", "last", "page-up", "page-down"})


def commands_of(app: App[None], screen: Screen[object]) -> Iterable[SystemCommand]:
    """Yield each thing that active keys of the screen do as `Noun: Verb`."""
    told = {_HERE}
    for active in screen.active_bindings.values():
        binding = active.binding
        if active.enabled and binding.id and binding.action not in told:
            told.add(binding.action)  # one thing to do, though several keys do it
            node, action = active.node, binding.action

            async def run(action: str = action, node: object = node) -> None:
                await app.run_action(action, node)  # type: ignore[arg-type]

            yield SystemCommand(title_of(binding), binding.tooltip or binding.description, run)


def title_of(binding: Binding) -> str:
    """Return what a binding does as `Noun: Verb`, from its id."""
    noun, _, verb = (binding.id or "").removesuffix("-anywhere").partition(".")
    if noun == "screen":
        return f"{binding.description}: Open"
    if verb in _MOVES:
        return f"{noun.capitalize()}: Move to {verb.replace('-', ' ')}"
    said = "Go back" if verb == "back" else _VERBS.get(f"{noun}.{verb}")
    return f"{noun.capitalize()}: {said or verb.replace('-', ' ').capitalize()}"
