"""The command palette: every key of a screen, found by name."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import App, SystemCommand
from textual.screen import Screen


def commands_of(app: App[None], screen: Screen[object]) -> Iterable[SystemCommand]:
    """Yield every active key of the screen as `Noun: Verb`, taken from the binding's id."""
    for active in screen.active_bindings.values():
        binding = active.binding
        if active.enabled and binding.id and binding.id != "app.palette":
            noun, _, verb = binding.id.partition(".")
            title = f"{noun.capitalize()}: {verb.replace('-', ' ').capitalize()}"
            node, action = active.node, binding.action

            async def run(action: str = action, node: object = node) -> None:
                await app.run_action(action, node)  # type: ignore[arg-type]

            yield SystemCommand(title, binding.tooltip or binding.description, run)
