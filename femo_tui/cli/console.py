"""Open the console."""

from __future__ import annotations

from femo_tui.cli.common import place


def open_console(store: str | None, operator: str | None) -> int:
    """Open the console on the chosen store; return the exit status."""
    from femo_tui.store.imported import has_unfinished_imports
    from femo_tui.ui.console import run_console

    where = place(store, operator)
    if has_unfinished_imports(where.store_root):
        from femo_tui.bundle.merging import settle_imports

        settle_imports(where.store_root)
    return run_console(where.store_root, where.operator, where.config)
