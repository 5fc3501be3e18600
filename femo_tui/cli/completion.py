"""What a shell completes besides commands and options: participants, runs, protocols, models.

Only looks: it opens no catalog that is on a server, and makes no store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from femo_tui import paths
from femo_tui.errors import FemoError

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _completing(names: Callable[[Path], Iterable[str]], else_a_file: bool = False) -> Complete:
    def complete(
        ctx: click.Context, parameter: click.Parameter, begun: str
    ) -> list[CompletionItem]:
        try:
            found = sorted({name for name in names(_root(ctx)) if name.startswith(begun)})
        except (FemoError, OSError):
            found = []  # a shell that completes has nowhere to say why not
        if else_a_file and not found:
            return [CompletionItem(begun, type="file")]
        return [CompletionItem(name) for name in found]

    return complete


def _root(ctx: click.Context) -> Path:
    from femo_tui.config import load_config

    above = ctx.find_root().params
    config = load_config()
    paths.choose_catalog(above.get("catalog"), config.catalog)
    chosen = ctx.params.get("store") or above.get("store")
    return paths.store_root(None if chosen is None else Path(chosen), config.store)


def _codes(root: Path) -> Iterable[str]:
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.catalog.database import CATALOG_FILE
    from femo_tui.store.layout import iter_runs

    if paths.catalog_url() is not None:
        return [run.parts[-3] for run in iter_runs(root)]
    if not (root / CATALOG_FILE).is_file():
        return []
    with Catalog.open(root) as catalog:
        return [person.code for person in catalog.participants()]


def _runs(root: Path) -> Iterable[str]:
    from femo_tui.store.layout import iter_runs

    runs = list(iter_runs(root))
    whole = ("/".join(run.parts[-3:]) for run in runs)
    return [*(run.parts[-3] for run in runs), *whole]


def _protocols(root: Path) -> Iterable[str]:
    from femo_tui.store.library import list_protocols

    return list_protocols(root)


def _models(root: Path) -> Iterable[str]:
    from femo_tui.store.layout import MODELS

    return [folder.name for folder in (root / MODELS).glob("m-*") if folder.is_dir()]


complete_code = _completing(_codes)
complete_run = _completing(_runs)
complete_protocol = _completing(_protocols, else_a_file=True)
complete_model = _completing(_models)
