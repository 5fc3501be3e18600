"""Protocols on the command line."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, print_table, with_json, with_place
from femo_tui.cli.completion import complete_protocol
from femo_tui.errors import FemoError, ProtocolError, UsageError

if TYPE_CHECKING:
    from femo_tui.model.protocol import StudyProtocol
    from femo_tui.model.records import JsonValue

_TITLE_WIDTH = 38  # what 80 columns leave beside the names that are shipped
_MISTAKE = re.compile(r"(?P<file>.+?):(?P<line>\d+): (?P<what>.+)")


@click.group()
def protocol() -> None:
    """List protocols, draw one, check a file."""


@protocol.command("list")
@with_json
@with_place
def list_(store: str | None, operator: str | None, as_json: bool) -> None:
    """List the protocols of this store and the shipped ones."""
    from femo_tui.store.library import list_protocols, load_protocol

    root = place(store, operator).store_root
    rows: list[tuple[str, ...]] = []
    found: list[JsonValue] = []
    for name in list_protocols(root):
        try:
            one = load_protocol(name, root)
        except FemoError as problem:  # the others can be run all the same
            rows.append((name, "", "", "", f"has mistakes: femo protocol check {name}"))
            found.append({"name": name, "error": str(problem)})
            continue
        title = shorten(one.title, _TITLE_WIDTH, placeholder=" …")
        minutes = f"{one.planned_s / 60:.1f}"
        rows.append((name, str(len(one.steps)), str(len(one.windows)), minutes, title))
        found.append({"name": name, "title": one.title, "sha256": one.sha256})
    if as_json:
        print_json(found)
    else:
        print_table(rows, ("name", "steps", "windows", "min", "title"))


@protocol.command()
@click.argument("name", shell_complete=complete_protocol)
@click.option(
    "--participant", metavar="CODE", help="In this participant's order, with their clips."
)
@click.option("--number", type=click.IntRange(min=1), help="The same by number of registration.")
@click.option("--language", metavar="CODE", help="With what the participant reads.")
@with_json
@with_place
def show(
    name: str,
    participant: str | None,
    number: int | None,
    language: str | None,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Draw the steps of a protocol along their time; of a file, give its path."""
    from femo_tui.cli.protocol_text import draw
    from femo_tui.model.arrange import arrange
    from femo_tui.model.order_words import say_order
    from femo_tui.store.library import load_protocol

    root = place(store, operator).store_root
    written = load_protocol(name, root)
    if language is not None and language not in written.languages:
        raise UsageError(
            f"{written.name} has no texts in {language!r}: use {' or '.join(written.languages)}"
        )
    if participant is not None:
        if number is not None:
            raise UsageError("--participant and --number together: give one of them")
        number = _number_of(participant, root)
    arranged = None if number is None else arrange(written, participant or "", number)
    if as_json:
        rules: list[JsonValue] = [*say_order(written, arranged)]
        print_json({**_facts(arranged or written, language), "rules": rules})
        return
    for line in draw(written, arranged, language):
        click.echo(line)


@protocol.command()
@click.argument("files", nargs=-1, required=True, shell_complete=complete_protocol)
@with_json
@with_place
def check(files: tuple[str, ...], store: str | None, operator: str | None, as_json: bool) -> None:
    """Check protocol FILES; every mistake is named with its line."""
    from femo_tui.store.library import find_protocol, load_protocol, missing_media

    root = place(store, operator).store_root
    found: list[JsonValue] = []
    wrong = 0
    for file in files:
        try:
            one = load_protocol(file, root)
            missing = missing_media(one, root, find_protocol(file, root).parent)
        except UsageError as problem:  # the other files are checked all the same
            wrong += 1
            found.append({"file": file, "ok": False, "mistakes": _mistakes(problem)})
            if not as_json:
                click.echo(str(problem), err=True)
            continue
        found.append(
            {
                "file": file,
                "ok": True,
                "mistakes": [],
                "name": one.name,
                "sha256": one.sha256,
                "steps": len(one.steps),
                "windows": len(one.windows),
                "planned_s": one.planned_s,
                "missing_media": missing,
            }
        )
        if not as_json:
            click.echo(f"{file}: {len(one.steps)} steps, {len(one.windows)} windows, no mistakes")
            click.echo(f"  sha256 {one.sha256}")
            for sentence in missing:
                click.echo(f"  {sentence}")
    if as_json:
        print_json(found)
    sys.exit(UsageError.exit_status if wrong else 0)


def _number_of(code: str, root: Path) -> int:
    from femo_tui.store.catalog import Catalog

    with Catalog.open(root) as catalog:
        return catalog.participant_number(code)


def _mistakes(problem: UsageError) -> list[JsonValue]:
    if not isinstance(problem, ProtocolError):
        return [{"file": None, "line": None, "what": str(problem)}]
    parts = [_MISTAKE.fullmatch(line) for line in str(problem).split("\n")]
    return [
        {"file": part["file"], "line": int(part["line"]), "what": part["what"]}
        for part in parts
        if part is not None
    ]


def _facts(shown: StudyProtocol, language: str | None) -> dict[str, JsonValue]:
    """Return the protocol as `run_start` has it, its length, and what is read in a language."""
    from femo_tui.model.protocol import say

    facts = {**shown.facts(), "languages": list(shown.languages), "planned_s": shown.planned_s}
    if language is not None:
        facts["texts"] = {
            step.name: {
                "text": say(step.text, language),
                "content_warning": say(step.content_warning, language),
                "questions": {scale.name: say(scale.text, language) for scale in step.scales},
            }
            for step in shown.steps
        }
    return facts
