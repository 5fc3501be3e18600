"""`femo record`: one run, in the foreground or detached."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, with_json, with_place
from femo_tui.cli.completion import complete_code, complete_protocol
from femo_tui.errors import FemoError, UsageError

if TYPE_CHECKING:
    from femo_tui.model.records import JsonValue
    from femo_tui.recorder.process import RunResult
    from femo_tui.recorder.request import RecordRequest


@click.command()
@click.option(
    "--participant",
    required=True,
    shell_complete=complete_code,
    help="The participant's code, such as S01.",
)
@click.option(
    "--protocol",
    required=True,
    shell_complete=complete_protocol,
    help="A protocol's name, or a file.",
)
@click.option("--gsr", help="serial:PORT, serial:auto, lsl:NAME, replay:FILE, sim:SEED, none.")
@click.option("--camera", help="camera:N, video:FILE, sim:SEED, none.")
@click.option("--player", help="mpv[?display=:0&screen=1], sim, none.")
@click.option("--language", help="Of what the participant reads.")
@click.option(
    "--fact",
    "facts",
    multiple=True,
    metavar="NAME=VALUE",
    help="Of the room and the electrodes, such as room_c=21.5; NAME= for not recorded.",
)
@click.option("--auto", is_flag=True, help="Accept what meets the protocol's thresholds.")
@click.option("--detach", is_flag=True, help="Record in the background; return once it runs.")
@click.option("--resume", type=click.Path(path_type=Path), hidden=True)
@click.option("--media", default="", hidden=True)
@click.option("--fault", "faults", multiple=True, hidden=True)
@click.option("--report-fd", type=int, hidden=True)
@with_json
@with_place
def record(
    participant: str,
    protocol: str,
    gsr: str | None,
    camera: str | None,
    player: str | None,
    language: str | None,
    facts: tuple[str, ...],
    auto: bool,
    detach: bool,
    resume: Path | None,
    media: str,
    faults: tuple[str, ...],
    report_fd: int | None,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Record one run of a protocol with a participant."""
    from femo_tui.recorder.request import RecordRequest

    where = place(store, operator)
    request = RecordRequest(
        store_root=where.store_root,
        participant=participant,
        protocol=protocol,
        gsr=gsr or where.config.gsr,
        camera=camera or where.config.camera,
        player=player or where.config.player,
        operator=where.operator,
        auto=auto,
        language=language or where.config.language,
        environment=dict(_fact(fact) for fact in facts),
        resume=resume,
        media=media,
        faults=faults,
    )
    if report_fd is not None:
        _record_and_report(request, report_fd)
    else:
        request = replace(request, environment=_with_session_facts(request))
        carry_out(request, detach=detach, as_json=as_json)


def carry_out(request: RecordRequest, *, detach: bool, as_json: bool) -> None:
    """Record what is asked for, here or in the background, and say how it went."""
    if not detach:
        _record_here(request, as_json)
        return
    from femo_tui.recorder.launch import start_detached

    run_dir = start_detached(request)
    print_json({"run_dir": str(run_dir)}) if as_json else click.echo(f"recording {run_dir}")


def _fact(text: str) -> tuple[str, JsonValue]:
    from femo_tui.model.environment import read_fact

    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--fact {text!r}: write it as name=value, such as room_c=21.5")
    return name, read_fact(name, value) if value else None


def _with_session_facts(request: RecordRequest) -> dict[str, JsonValue]:
    """Return the facts of the room, those that the session had already told included."""
    from femo_tui.model.clock import HostClock
    from femo_tui.store.run_start import session_environment

    told = {}
    if request.resume is None:
        told = session_environment(request.store_root, request.participant, HostClock().utc())
    for name, value in told.items():
        if name not in request.environment:
            click.echo(f"{name}={value}, as before in this session", err=True)
    facts = {**told, **request.environment}
    return {name: value for name, value in facts.items() if value is not None}


def _record_here(request: RecordRequest, as_json: bool) -> None:
    from femo_tui.recorder.process import record as record_run

    result = record_run(
        request, started=lambda run_dir: click.echo(f"recording {run_dir}", err=True)
    )
    if as_json:
        print_json(result.facts())
    else:
        _print_result(result)
    _sum_up(request, result)
    sys.exit(0 if result.stop.status.value == "complete" else 1)


def _print_result(result: RunResult) -> None:
    counts = result.stop.counts
    click.echo(
        f"{result.stop.status.value}: {result.stop.reason}"
        f"{' (SIMULATED)' if result.simulated else ''}"
    )
    click.echo(
        f"{counts['gsr_samples']} samples, {counts['gsr_lost']} lost;"
        f" {counts['frames']} frames, {counts['frames_with_face']} with a face;"
        f" {counts['windows_accepted']} windows accepted, {counts['windows_failed']} failed"
    )


def _record_and_report(request: RecordRequest, report_fd: int) -> None:
    """Record for a starter that waits on a pipe for one line: the run folder, or the error."""
    from femo_tui.recorder.process import record as record_run

    told = False

    def tell(answer: dict[str, str]) -> None:
        nonlocal told
        if not told:
            told = True
            os.write(report_fd, json.dumps(answer).encode() + b"\n")
            os.close(report_fd)

    def started(run_dir: Path) -> None:
        tell({"run_dir": str(run_dir)})

    try:
        result = record_run(request, started=started)
    except FemoError as problem:
        tell({"error": str(problem)})
        raise
    _sum_up(request, result)


def _sum_up(request: RecordRequest, result: RunResult) -> None:
    """Make what results need of the run now, while nobody waits for it.

    Where that cannot be, whoever asks for results makes it.
    """
    from femo_tui.stats.figures_cache import keep_figures

    with suppress(FemoError):
        keep_figures(request.store_root, result.run_dir)
