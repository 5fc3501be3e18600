"""Commands to a running recorder, and what it is doing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from femo_tui.cli.common import Place, place, print_json, with_json, with_place
from femo_tui.errors import RecorderError
from femo_tui.model.run_state import CommandName

if TYPE_CHECKING:
    from femo_tui.model.records import JsonValue
    from femo_tui.recorder.client import ActiveRun

_F = TypeVar("_F", bound=Callable[..., Any])


def _active(where: Place) -> ActiveRun:
    from femo_tui.recorder.client import active_run

    active = active_run(where.store_root)
    if active is None:
        raise RecorderError(
            f"nothing is being recorded on {where.store_root}: start with `femo record`"
        )
    return active


@click.command()
@with_json
@with_place
def status(store: str | None, operator: str | None, as_json: bool) -> None:
    """Say what is being recorded right now, and which run lost its recorder."""
    from femo_tui.recorder.client import active_run, describe
    from femo_tui.store.run_reader import RunReader
    from femo_tui.store.unended import lost_runs, shortest_name

    root = place(store, operator).store_root
    active = active_run(root)
    names = {shortest_name(root, run.run_dir): run for run in lost_runs(root)}
    lost: list[JsonValue] = [{"run": n, "run_dir": str(run.run_dir)} for n, run in names.items()]
    if not as_json:
        for name, run in names.items():
            click.echo(
                f"{run.run_dir.parts[-3]} {run.run_name} was lost: `femo recover {name}` closes it"
                " as partial, with --resume it goes on"
            )
    if active is None or active.run_dir is None:
        state = "idle" if active is None else "arming"
        print_json({"state": state, "lost": lost}) if as_json else click.echo(
            "nothing is being recorded" if active is None else f"{describe(active)}: starting"
        )
        return
    run = RunReader(active.run_dir).poll()
    step = None if run.current is None else run.steps[run.current]
    if as_json:
        print_json(
            {
                "state": run.state.value,
                "run_dir": str(run.run_dir),
                "participant": active.participant,
                "protocol": active.protocol,
                "operator": active.operator,
                "since_utc": active.since_utc,
                "step": None if step is None else step.name,
                "attempt": None if step is None else step.attempt,
                "elapsed_s": run.elapsed_s,
                "gsr_samples": run.gsr.length,
                "gsr_us": run.gsr_us,
                "gsr_rate_hz": run.gsr_rate_hz,
                "gsr_lost": run.gsr_lost,
                "frames": run.faces.frames,
                "frames_with_face": run.faces.with_face,
                "asks": list(run.asks),
                "state_reason": run.state_reason,
                "simulated": run.simulated,
                "lost": lost,
            }
        )
        return
    where = "between steps" if step is None else f"in {step.name}"
    click.echo(f"{describe(active)}: {run.state.value}, {where}, {run.elapsed_s:.0f} s")
    if run.state_reason:
        click.echo(run.state_reason)
    if run.asks:
        click.echo(f"waits for an answer to {', '.join(run.asks)}")
    click.echo(f"{run.gsr.length} samples, {run.gsr_lost} lost, {run.faces.frames} frames")


def _steers(command: _F) -> _F:
    """Add `--take-over` to a command that a console's controls can stand against."""
    help_line = "Do it though another console holds the controls; it loses them and is told."
    return click.option("--take-over", is_flag=True, help=help_line)(command)


def _send(
    store: str | None,
    operator: str | None,
    command: CommandName,
    args: dict[str, JsonValue] | None = None,
    *,
    take_over: bool = False,
) -> None:
    from femo_tui.recorder.client import RecorderClient

    where = place(store, operator)
    active = _active(where)
    if not active.controllable:
        raise RecorderError("the recorder is of another version of femo: it can only be watched")
    recorder = RecorderClient(active.socket_path, where.operator)
    if take_over:
        recorder.send(CommandName.TAKE_OVER)
    reply = recorder.send(command, args)
    if not reply.ok:
        raise RecorderError(reply.error or "the recorder refused")
    click.echo(f"{command.value}: the run is {reply.state.value}")


def _plain(command: CommandName, help_line: str) -> Callable[..., None]:
    @click.command(command.value, help=help_line)
    @_steers
    @with_place
    def run(take_over: bool, store: str | None, operator: str | None) -> None:
        _send(store, operator, command, take_over=take_over)

    return run


pause = _plain(CommandName.PAUSE, "Pause the run: the film stands still, sensors go on.")
resume = _plain(CommandName.RESUME, "Go on with a paused run.")
skip = _plain(CommandName.SKIP, "Leave the step that runs and go to the next.")
stop = _plain(CommandName.STOP, "End the run in order; what was recorded is sealed.")


@click.command()
@click.argument("text", nargs=-1, required=True)
@with_place
def mark(text: tuple[str, ...], store: str | None, operator: str | None) -> None:
    """Write a marker with TEXT into the run."""
    _send(store, operator, CommandName.MARK, {"text": " ".join(text)})


@click.command()
@click.option(
    "--media",
    default="",
    metavar="alternate|same|FILM",
    help="Which film, where the step's has begun to play: ask the participant first.",
)
@click.option("--reason", default="", help="Why, for the run's record.")
@_steers
@with_place
def redo(media: str, reason: str, take_over: bool, store: str | None, operator: str | None) -> None:
    """Do the step again, as a new attempt."""
    _send(
        store, operator, CommandName.REDO, {"media": media, "reason": reason}, take_over=take_over
    )


@click.command()
@click.argument("verdict")
@click.option("--reason", default="", help="Why; accepted_with_reason needs it.")
@_steers
@with_place
def verdict(
    verdict: str, reason: str, take_over: bool, store: str | None, operator: str | None
) -> None:
    """Give the window at the gate its VERDICT: accepted, accepted_with_reason, failed."""
    _send(
        store,
        operator,
        CommandName.VERDICT,
        {"verdict": verdict, "reason": reason},
        take_over=take_over,
    )


@click.command()
@click.argument("scale")
@click.argument("value", type=int)
@_steers
@with_place
def rate(scale: str, value: int, take_over: bool, store: str | None, operator: str | None) -> None:
    """Answer the question SCALE with VALUE for the participant."""
    _send(
        store, operator, CommandName.RATING, {"scale": scale, "value": value}, take_over=take_over
    )


@click.command()
@click.option("--reason", default="", help="Why, for the run's record.")
@click.option(
    "--data",
    default="until-asked",
    metavar="keep|discard|until-asked",
    help="What becomes of what was recorded; it can be decided later with `femo decide`.",
)
@with_place
def abort(reason: str, data: str, store: str | None, operator: str | None) -> None:
    """Break the run off at once: the participant's screen goes black."""
    _send(store, operator, CommandName.ABORT, {"reason": reason, "data": data})
