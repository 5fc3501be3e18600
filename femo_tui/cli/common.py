"""What all commands share: the store, the operator, and how a result is printed."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from femo_tui import paths
from femo_tui.config import Config, load_config
from femo_tui.errors import CatalogAway, FemoError
from femo_tui.model.records import JsonValue

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works, and for whom."""

    store_root: Path
    operator: str
    config: Config


def place(store: str | None, operator: str | None) -> Place:
    """Choose store and operator: the command's options, femo's, the environment, the config.

    Raises:
        StoreError: the store is there, and not for this user.
    """
    from femo_tui.store.imported import has_unfinished_imports
    from femo_tui.store.pending import is_pending
    from femo_tui.store.sharing import keep_sharing

    ctx = click.get_current_context(silent=True)
    general: dict[str, str | None] = (ctx.obj if ctx is not None else None) or {}
    config = load_config()
    paths.choose_catalog(general.get("catalog"), config.catalog)
    paths.choose_station(config.station)
    chosen = store or general.get("store")
    root = paths.store_root(None if chosen is None else Path(chosen), config.store)
    keep_sharing(root)
    if is_pending(root):
        from femo_tui.store.catalog import Catalog

        with suppress(CatalogAway):  # whoever needs it says so; to stop a run nobody does
            Catalog.open(root).close()  # finishes what was begun and cut short
    if has_unfinished_imports(root):
        from femo_tui.bundle.incoming.merging import settle_imports

        with suppress(FemoError):  # the next import says what hinders it
            settle_imports(root)
    return Place(
        root, operator or general.get("operator") or config.operator or getpass.getuser(), config
    )


def keep_own_catalog() -> None:
    """Have a store that is for practice, or from a backup, keep its catalog to itself."""
    ctx = click.get_current_context(silent=True)
    asked: str | None = ((ctx.obj if ctx is not None else None) or {}).get("catalog")
    paths.choose_catalog(asked or paths.OWN_CATALOG, None)


def with_place(command: _F) -> _F:
    """Add `--store` and `--operator` to a command."""
    for option in (
        click.option("--operator", help="Who acts (default: the config file, else the login)."),
        click.option("--store", help="The store's folder."),
    ):
        command = option(command)
    return command


def with_json(command: _F) -> _F:
    """Add `--json` to a command that reports."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def print_json(value: JsonValue) -> None:
    """Print one JSON value on one line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_table(rows: list[tuple[str, ...]], header: tuple[str, ...]) -> None:
    """Print aligned columns; numbers are given as text, with their units in the header."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, *rows]:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())
