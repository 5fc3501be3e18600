"""`femo rehearse`: a simulated run in which things go wrong, for an operator to practise on."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import keep_own_catalog, place, print_json, with_json, with_place
from femo_tui.cli.completion import complete_protocol
from femo_tui.model.faults import FaultName, fault_lines, parse_fault

if TYPE_CHECKING:
    from femo_tui.model.events import Facts
    from femo_tui.recorder.request import RecordRequest

LOOK_EVERY_S = 0.1
FAULTS = "Faults, with how many seconds they last unless said:\n\n\b\n" + "\n".join(
    f"{name:20} {what}" for name, what in fault_lines()
)


@click.command(epilog=FAULTS)
@click.option(
    "--protocol",
    default="quick",
    show_default=True,
    shell_complete=complete_protocol,
    help="A protocol's name, a file.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME@SECONDS[+DURATION]",
    help="What goes wrong, and how long after run start; may be given several times.",
)
@click.option("--headless", is_flag=True, help="Record, print what came of it, open no console.")
@with_json
@with_place
def rehearse(
    protocol: str,
    faults: tuple[str, ...],
    headless: bool,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Practise on a simulated run in which things go wrong.

    It is recorded in the background on a store of its own, a new temporary one unless --store names
    one, and the console opens on it. Everything in it is marked SIMULATED, and the faults stand in
    its run_start.
    """
    from femo_tui.recorder.simulated_study import prepare_rehearsal, simulated_request

    keep_own_catalog()
    planned = [parse_fault(fault) for fault in faults]
    context = click.get_current_context()
    chosen = store or (context.obj or {}).get("store")
    root = Path(chosen or tempfile.mkdtemp(prefix="femo-rehearsal-")).absolute()
    number = prepare_rehearsal(root)
    click.echo(f"SIMULATED rehearsal in {root}", err=True)
    request = replace(
        simulated_request(root, number),
        protocol=protocol,
        operator=place(str(root), operator).operator,
        auto=headless,
        faults=faults,
    )
    if headless:
        names = {fault.name for fault in planned}
        if FaultName.RECORDER_KILLED in names:
            facts = _record_until_killed(request)
        else:
            facts = _record(request, in_real_time=FaultName.DISK_FULL in names)
        _report(request, facts, as_json=as_json)
        return
    from femo_tui.cli.console import open_console
    from femo_tui.recorder.launch import start_detached

    start_detached(request)
    sys.exit(open_console(str(root), request.operator))


def _record(request: RecordRequest, *, in_real_time: bool) -> Facts:
    """Record here; faster than time, unless the run is to go on in the time of this world."""
    from femo_tui.model.clock import HostClock, VirtualClock
    from femo_tui.recorder.process import record

    clock = HostClock() if in_real_time else VirtualClock(utc=datetime.now(UTC))
    return record(request, clock=clock).facts()


def _record_until_killed(request: RecordRequest) -> Facts:
    """Record in a process of its own, in real time: what is killed is not this one."""
    from femo_tui.model.clock import HostClock
    from femo_tui.recorder.client import active_run
    from femo_tui.recorder.launch import start_detached
    from femo_tui.store.recover import counts
    from femo_tui.store.run_reader import RunReader

    run_dir = start_detached(request)
    clock = HostClock()
    while active_run(request.store_root) is not None:
        clock.sleep_until(clock.now_s() + LOOK_EVERY_S)
    run = RunReader(run_dir).poll()
    return {
        "run_dir": str(run_dir),
        "status": run.state.value if run.stop is None else run.stop.status.value,
        "reason": run.state_reason if run.stop is None else run.stop.reason,
        "duration_s": round(run.elapsed_s, 3),
        **counts(run),
        "simulated": run.simulated,
    }


def _report(request: RecordRequest, facts: Facts, *, as_json: bool) -> None:
    """Print how the run ended, and every fault that it names."""
    from femo_tui.model.events import FILM_STARTED
    from femo_tui.store.run_reader import RunReader

    run = RunReader(Path(str(facts["run_dir"]))).poll()
    notes = [note for note in run.device_notes if note.name != FILM_STARTED]
    if as_json:
        told: list[Facts] = [
            {"t_s": note.t_s, "stream": note.stream.value, "name": note.name, "text": note.text}
            for note in notes
        ]
        print_json(
            {"store": str(request.store_root), "faults": request.faults, **facts, "told": told}
        )
        return
    click.echo(f"SIMULATED run {facts['status']}: {facts['reason']}")
    for note in notes:
        click.echo(f"{note.t_s:7.1f} s  {note.stream:6}  {note.name:18}  {note.text}")
    click.echo(
        f"{facts['gsr_samples']} samples, {facts['gsr_lost']} lost; {facts['frames']} frames;"
        f" {facts['windows_accepted']} windows accepted, {facts['windows_failed']} failed;"
        f" look at them with `femo --store {request.store_root}`"
    )
