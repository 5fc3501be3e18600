"""`femo doctor`: what works on this machine, what is missing, and the command that mends it."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import print_json, with_json
from femo_tui.errors import FemoError

if TYPE_CHECKING:
    from femo_tui.config import Config
    from femo_tui.doctor.finding import Finding, Subject

WORDS = """
\b
ok       as it should be
look     somebody should look at it; a session can be recorded all the same
missing  no session with a participant can be recorded like this

Missing is what recording cannot do without: Python and packages of the versions asked for, a config
file that can be read, a store that can be written and has room for a run, a catalog that answers,
a study and protocol without mistakes, and the devices that the config file names, with the right to
open them: gsr, camera, player and its display (set one to "none" where it is not wanted). All else
is to be looked at: without it simulated runs, training and analysis work, and most sessions do.

No device is opened and nothing is changed, so it may run while a run is recorded. What sensor and
camera give is seen in the set-up of the console (3), the screen by `femo stimuli testcard`, films
by `femo stimuli check`.

Exit status: 0 if nothing is missing, else 1. With --no-devices that says whether simulated runs,
training and analysis can be done here.
"""
_COLOURS = {"ok": "green", "look": "yellow", "missing": "red"}
_INDENT = " " * 20


@click.command(epilog=WORDS)
@click.option(
    "--no-devices", is_flag=True, help="This machine records nobody: it trains, analyses."
)
@click.option("--store", help="The store's folder.")
@with_json
def doctor(no_devices: bool, store: str | None, as_json: bool) -> None:
    """Say what works on this machine, what is missing, and what mends it."""
    from femo_tui.doctor.checks import WITH_DEVICES, WITHOUT_DEVICES
    from femo_tui.doctor.examine import examine

    begun_s = time.monotonic()
    checks = WITHOUT_DEVICES if no_devices else WITH_DEVICES
    found: list[Finding] = []
    for finding in examine(checks, _subject(store), _waiting):
        found.append(finding)
        if not as_json:
            _print(finding)
    lacking = [finding.name for finding in found if finding.standing == "missing"]
    if as_json:
        print_json(
            {
                "devices": not no_devices,
                "can_record": not no_devices and not lacking,
                "missing": lacking,
                "took_s": round(time.monotonic() - begun_s, 3),
                "checks": [finding.to_json() for finding in found],
            }
        )
    else:
        click.echo()
        click.echo(_conclusion(lacking, no_devices))
    sys.stdout.flush()
    sys.exit(1 if lacking else 0)


def _subject(store: str | None) -> Subject:
    """Return what is looked at; a config file that cannot be read is told in its line."""
    from femo_tui import paths
    from femo_tui.config import Config, load_config
    from femo_tui.doctor.finding import Subject

    general: dict[str, str | None] = click.get_current_context().obj or {}
    try:
        config = load_config()
    except FemoError:
        config = Config()
    paths.choose_catalog(general.get("catalog"), config.catalog)
    chosen = store or general.get("store")
    root = paths.store_root(None if chosen is None else Path(chosen), config.store)
    return Subject(root, config, _is_recording(root, config))


def _is_recording(root: Path, config: Config) -> bool:
    from femo_tui.doctor.in_use import in_use
    from femo_tui.recorder.client import active_run

    try:
        if active_run(root) is not None:
            return True
    except FemoError:
        pass  # the store's line tells it
    return any(in_use(uri) for uri in (config.gsr, config.camera, config.player))


def _print(finding: Finding) -> None:
    word = finding.standing.value
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    shown = click.style(f"{word:<9}", fg=_COLOURS[word]) if coloured else f"{word:<9}"
    click.echo(f"{shown}{finding.name:<11}{_folded(finding.found, _INDENT)}")
    if finding.remedy:  # never folded, since it is copied
        click.echo(f"{_INDENT}→ {finding.remedy}")


def _conclusion(lacking: Sequence[str], no_devices: bool) -> str:
    what = "Simulated runs, training and analysis" if no_devices else "A session"
    if not lacking:
        can = "can be done" if no_devices else "can be recorded"
        return f"{what} {can} here."
    names = ", ".join(lacking)
    if no_devices:
        return f"{what} cannot all be done here before this is there: {names}."
    return _folded(
        f"No session with a participant can be recorded here before this is there: {names}."
        " `femo demo` and `femo rehearse` simulate one."
    )


def _folded(text: str, indent: str = "") -> str:
    """Fold a text where a terminal ends, below itself; a file or program gets it in one line."""
    if not sys.stdout.isatty():
        return text
    width = max(40, shutil.get_terminal_size().columns)
    lines = textwrap.wrap(text, width - len(indent), break_on_hyphens=False)
    return f"\n{indent}".join(lines)


def _waiting(names: Sequence[str]) -> None:
    """Tell a terminal what is waited for; nobody else reads it."""
    if sys.stderr.isatty():
        text = f"waiting for {', '.join(names)} …" if names else ""
        click.echo(f"\r\033[K{text}", nl=False, err=True)
