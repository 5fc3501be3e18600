"""Protocols on the command line."""

from __future__ import annotations

import click

from femo_tui.cli.common import place, print_json, print_table, with_json, with_place


@click.group()
def protocol() -> None:
    """List protocols, show one, check a file."""


@protocol.command("list")
@with_json
@with_place
def list_(store: str | None, operator: str | None, as_json: bool) -> None:
    """List the protocols that this store can run."""
    from femo_tui.store.library import list_protocols, load_protocol

    root = place(store, operator).store_root
    found = [load_protocol(name, root) for name in list_protocols(root)]
    if as_json:
        print_json([{"name": p.name, "title": p.title, "sha256": p.sha256} for p in found])
        return
    rows: list[tuple[str, ...]] = [
        (p.name, str(len(p.steps)), str(len(p.windows)), f"{p.planned_s / 60:.1f}", p.title)
        for p in found
    ]
    print_table(rows, ("name", "steps", "windows", "min", "title"))


@protocol.command()
@click.argument("name")
@with_json
@with_place
def show(name: str, store: str | None, operator: str | None, as_json: bool) -> None:
    """Show the steps of a protocol in order."""
    from femo_tui.store.library import load_protocol

    found = load_protocol(name, place(store, operator).store_root)
    if as_json:
        print_json(found.facts())
        return
    click.echo(f"{found.name} · {found.title} · {found.planned_s:.0f} s")
    rows: list[tuple[str, ...]] = [
        (
            step.name,
            step.kind.value,
            step.condition.class_name if step.condition else "",
            "" if step.duration_s is None else f"{step.duration_s:.1f}",
            f"{step.window.start_s:.1f}–{step.window.end_s:.1f}" if step.window else "",
            step.media or "",
        )
        for step in found.steps
    ]
    print_table(rows, ("step", "kind", "class", "s", "window s", "media"))


@protocol.command()
@click.argument("files", nargs=-1, required=True)
@with_place
def check(files: tuple[str, ...], store: str | None, operator: str | None) -> None:
    """Check protocol FILES; every mistake is named with its line."""
    from femo_tui.store.library import find_protocol, load_protocol, missing_media

    root = place(store, operator).store_root
    for file in files:
        found = load_protocol(file, root)
        beside = find_protocol(file, root).parent
        click.echo(f"{file}: {len(found.steps)} steps, {len(found.windows)} windows, no mistakes")
        for sentence in missing_media(found, root, beside):
            click.echo(f"  {sentence}")
