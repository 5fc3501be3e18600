"""The study of a store on the command line."""

from __future__ import annotations

import click

from femo_tui.cli.common import place, print_json, with_json, with_place
from femo_tui.cli.completion import complete_protocol


@click.group()
def study() -> None:
    """Set up the study of a store, or show it."""


@study.command()
@click.option("--title", default="Untitled study")
@click.option(
    "--protocol",
    default="wile2018",
    shell_complete=complete_protocol,
    help="The protocol that counts as primary.",
)
@click.option("--planned-n", type=click.IntRange(1), help="How many participants are planned.")
@click.option("--form-version", default="1", help="Of the consent form.")
@with_place
def init(
    title: str,
    protocol: str,
    planned_n: int | None,
    form_version: str,
    store: str | None,
    operator: str | None,
) -> None:
    """Write study.toml into the store; one that is there is not touched."""
    from femo_tui.model.study import Study
    from femo_tui.store.study import write_study

    where = place(store, operator)
    path = write_study(
        where.store_root,
        Study(
            title=title,
            protocol=protocol,
            planned_n=planned_n,
            consent_form_version=form_version,
        ),
    )
    click.echo(f"{path} is written: look through it before the first participant")


@study.command()
@with_place
def share_catalog(store: str | None, operator: str | None) -> None:
    """Bring the store's catalog to the server that --catalog names, to share it with others.

    The database there has to be empty. Other stations begin with a store of their own that has no
    catalog yet.
    """
    from femo_tui import paths
    from femo_tui.model.clock import HostClock
    from femo_tui.store.catalog.moving import share_catalog

    where = place(store, operator)
    url = paths.catalog_url()
    if url is None:
        raise click.UsageError("name the server: FEMO_CATALOG, or `femo --catalog URL study …`")
    told = share_catalog(where.store_root, url, HostClock())
    click.echo(f"{told} has taken over: name it in FEMO_CATALOG or the config file from now on")


@study.command()
@with_json
@with_place
def show(store: str | None, operator: str | None, as_json: bool) -> None:
    """Show the study of the store."""
    from dataclasses import asdict

    from femo_tui.store.study import load_study

    facts = asdict(load_study(place(store, operator).store_root))
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        shown = "not set" if value in (None, "", ()) else value
        click.echo(f"{name:22} {', '.join(shown) if isinstance(shown, tuple) else shown}")
