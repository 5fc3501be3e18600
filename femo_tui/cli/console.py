"""Open the console."""

from __future__ import annotations

from femo_tui.cli.common import place


def open_console(store: str | None, operator: str | None) -> int:
    """Open the console on the chosen store; return the exit status."""
    from femo_tui.ui.console import run_console

    where = place(store, operator)
    return run_console(where.store_root, where.operator, where.config)
