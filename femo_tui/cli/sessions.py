"""Runs on the command line: list, show, recover, index again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, print_table, with_json, with_place
from femo_tui.cli.completion import complete_code, complete_run
from femo_tui.errors import FemoError, UsageError
from femo_tui.model.counting import plural

if TYPE_CHECKING:
    from pathlib import Path

    from femo_tui.model.records import JsonValue
    from femo_tui.model.snapshot import RunSnapshot, WindowSummary


@click.command()
@click.option("--participant", shell_complete=complete_code, help="Of this participant only.")
@with_json
@with_place
def sessions(
    participant: str | None, store: str | None, operator: str | None, as_json: bool
) -> None:
    """List the runs of the store."""
    from dataclasses import asdict

    from femo_tui.store.catalog import Catalog
    from femo_tui.store.unended import enter_unended

    with Catalog.open(place(store, operator).store_root) as catalog:
        enter_unended(catalog)
        runs = catalog.runs(participant)
    if as_json:
        print_json([asdict(run) for run in runs])
        return
    rows: list[tuple[str, ...]] = [
        (
            run.participant,
            run.session,
            run.run,
            run.protocol,
            run.status,
            f"{run.windows_accepted}/{run.windows_planned}",
            str(run.gsr_samples),
            str(run.frames),
            "SIMULATED" if run.simulated else "",
            "" if run.data in ("keep", "discarded") else run.data.replace("_", " "),
        )
        for run in runs
    ]
    header = ("who", "session", "run", "protocol", "status", "windows", "samples", "frames", "", "")
    print_table(rows, header)


@click.command()
@click.argument("run", shell_complete=complete_run)
@click.option("--verify", is_flag=True, help="Check the seal and every row.")
@with_json
@with_place
def show(run: str, verify: bool, store: str | None, operator: str | None, as_json: bool) -> None:
    """Show RUN (S01, S01/run-02, or a folder), window by window."""
    from femo_tui.store.layout import find_run
    from femo_tui.store.run_reader import RunReader
    from femo_tui.store.verify import verify_run

    run_dir = find_run(place(store, operator).store_root, run)
    snapshot = RunReader(run_dir).poll()
    faults = verify_run(run_dir) if verify else []
    if as_json:
        print_json(_run_json(snapshot, faults if verify else None))
    else:
        _print_run(snapshot)
        if verify and not faults:
            click.echo("verified: the seal holds and every row reads")
    if faults:
        raise FemoError(f"{run_dir} does not verify: {'; '.join(faults)}")


def _run_json(run: RunSnapshot, faults: list[str] | None) -> dict[str, JsonValue]:
    start = run.start
    body: dict[str, JsonValue] = {
        "run_dir": str(run.run_dir),
        "participant": None if start is None else start.participant,
        "protocol": None if start is None else start.protocol.get("name"),
        "state": run.state.value,
        "status": None if run.stop is None else run.stop.status.value,
        "reason": run.state_reason if run.stop is None else run.stop.reason,
        "duration_s": run.elapsed_s,
        "simulated": run.simulated,
        "environment": {} if start is None else start.environment,
        "sealed": run.sealed,
        "data": run.data.value,
        "gsr_samples": run.gsr.length,
        "gsr_lost": run.gsr_lost,
        "frames": run.faces.frames,
        "frames_with_face": run.faces.with_face,
        "windows": [_window_json(window) for window in run.windows],
        "problems": list(run.problems),
        "amendments": [
            {
                "utc": amendment.utc,
                "operator": amendment.operator,
                "amends": amendment.amends,
                "about": amendment.about,
                "decided": amendment.decided,
                "reason": amendment.reason,
            }
            for amendment in run.amendments
        ],
        "rejected_frames": sorted(run.rejected_frames),
    }
    if faults is not None:
        body["faults"] = faults
    return body


def _window_json(window: WindowSummary) -> dict[str, JsonValue]:
    return {
        "step": window.step,
        "attempt": window.attempt,
        "class": window.class_name,
        "onset_s": window.onset_s,
        "duration_s": None if window.end_s is None else round(window.end_s - window.onset_s, 6),
        "uncertainty_s": window.uncertainty_s,
        "reason": window.reason,
        "gsr_samples": window.gsr_samples,
        "gsr_valid": window.gsr_valid,
        "gsr_mean_us": window.gsr_mean_us,
        "gsr_rate_hz": window.gsr_rate_hz,
        "frames": window.frames,
        "frames_with_face": window.frames_with_face,
        "frames_with_eyes": window.frames_with_eyes,
        "sharpness": window.sharpness,
        "verdict": window.verdict,
        "verdict_by": window.verdict_by,
        "verdict_reason": window.verdict_reason,
        "media": window.media,
        "exposure": window.exposure,
        "primary": window.primary,
    }


def _print_run(run: RunSnapshot) -> None:
    from femo_tui.model.environment import describe_environment
    from femo_tui.model.run_state import RunData

    start = run.start
    if start is not None:
        click.echo(
            f"{start.participant} {start.session} {start.run} · {start.protocol.get('name')}"
            f" · by {start.operator}{' · SIMULATED' if run.simulated else ''}"
        )
    if run.data is RunData.DISCARDED:
        click.echo(f"{'/'.join(run.run_dir.parts[-3:])}: {run.state_reason}; nothing of it is left")
        return
    ended = run.state.value if run.stop is None else f"{run.stop.status.value}: {run.stop.reason}"
    click.echo(f"{ended} · {run.elapsed_s:.1f} s · {'sealed' if run.sealed else 'not sealed'}")
    if run.data is RunData.UNTIL_ASKED:
        click.echo("kept until asked, and out of every analysis: decide with `femo decide`")
    if start is not None:
        facts = describe_environment((), start.environment)
        click.echo(" · ".join(f"{title} {value}" for title, value in facts.items()))
    rows: list[tuple[str, ...]] = [
        (
            window.class_name or "–",
            f"{window.step}-{window.attempt}",
            f"{window.onset_s:.2f}",
            "" if window.end_s is None else f"{window.end_s - window.onset_s:.2f}",
            f"{window.gsr_valid}/{window.gsr_samples}",
            "" if window.gsr_mean_us is None else f"{window.gsr_mean_us:.2f}",
            f"{window.frames_with_face}/{window.frames}",
            (window.verdict or "none yet")
            + (" (amended)" if window.amended else "")
            + ("" if window.primary else ", film seen before"),
        )
        for window in run.windows
    ]
    print_table(
        rows, ("class", "attempt", "onset s", "length s", "valid", "µS", "faces", "verdict")
    )
    for amendment in run.amendments:
        why = f" ({amendment.reason})" if amendment.reason else ""
        who = f"{amendment.operator}, {amendment.utc}"
        click.echo(f"amended: {amendment.about}: {amendment.decided}{why} – {who}")
    for problem in run.problems:
        click.echo(f"! {problem}")


@click.command()
@click.argument("run", shell_complete=complete_run)
@click.option("--resume", is_flag=True, help="Go on recording it, from the step that was cut.")
@click.option("--detach", is_flag=True, help="With --resume: in the background.")
@click.option(
    "--media",
    default="",
    metavar="same|alternate|skip|FILM",
    help="With --resume: the film to show where one was cut, or skip; without it the run waits.",
)
@with_json
@with_place
def recover(
    run: str,
    resume: bool,
    detach: bool,
    media: str,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Close RUN, which lost its recorder, as partial: what was recorded is kept and sealed.

    With --resume it goes on instead, on the same devices, with the gap marked. A film that had
    begun to play is shown again only where --media says which.
    """
    from femo_tui.store.layout import find_run

    where = place(store, operator)
    run_dir = find_run(where.store_root, run)
    if resume:
        from femo_tui.cli.record import carry_out
        from femo_tui.recorder.request import lost_request

        request = lost_request(run_dir, where.operator, media)
        if not (media or request.auto):
            _tell_what_waits(run_dir)
        carry_out(request, detach=detach, as_json=as_json)
        return
    from femo_tui.model.clock import HostClock
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.recover import close_partial

    snapshot = close_partial(run_dir, where.operator, HostClock())
    with Catalog.open(where.store_root) as catalog:
        catalog.index_run(run_dir)
    if as_json:
        print_json({"run_dir": str(run_dir), "status": "partial", "duration_s": snapshot.elapsed_s})
    else:
        click.echo(f"{run_dir.parent.parent.name} {run_dir.name} is closed as partial and sealed")


def _tell_what_waits(run_dir: Path) -> None:
    """Say that the run will stand still at a film that was cut, and what makes it go on."""
    from femo_tui.model.cut import film_that_was_cut
    from femo_tui.store.run_reader import RunReader

    step = film_that_was_cut(RunReader(run_dir, keep_samples=False).poll())
    if step is not None:
        click.echo(
            f"{step.media} had begun to play, so the run waits, paused, at {step.name}. Ask the"
            " participant, then type in another terminal: `femo redo --media same` to show it"
            " again, or `femo skip` to leave it out",
            err=True,
        )


@click.command()
@click.argument("run", shell_complete=complete_run)
@click.option("--data", metavar="keep|discard|until-asked", help="What it is.")
@click.option("--primary", is_flag=True, help="Have it count for its participant.")
@click.option("--reason", default="", help="Why, for the record.")
@with_place
def decide(
    run: str, data: str | None, primary: bool, reason: str, store: str | None, operator: str | None
) -> None:
    """Decide what becomes of the data of RUN, such as one that was broken off, and if it counts.

    What is kept until asked is left out of every analysis. To discard removes all that was
    recorded and leaves a tombstone; there is no way back. Of several runs of one participant the
    latest complete one counts, unless --primary chooses another.
    """
    from femo_tui.model.clock import HostClock
    from femo_tui.model.run_state import RunData
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.choosing import choose_primary, counts_now
    from femo_tui.store.disposal import decide_data, wanted_data
    from femo_tui.store.layout import find_run

    where = place(store, operator)
    if data is None and not primary:
        raise UsageError("say what to decide: --data keep, discard or until-asked, or --primary")
    wanted = None if data is None else wanted_data(data)
    if primary and wanted not in (None, RunData.KEEP):
        raise UsageError(f"a run whose data are {data} counts for nobody: leave out --primary")
    run_dir = find_run(where.store_root, run)
    name = "/".join(run_dir.parts[-3:])
    if wanted is not None:
        with Catalog.open(where.store_root) as catalog:
            decide_data(catalog, run_dir, wanted, where.operator, reason, HostClock())
        click.echo(f"{name}: {wanted.value.replace('_', ' ')}")
    if primary:
        instead = choose_primary(run_dir, where.operator, reason, HostClock())
        click.echo(counts_now(run_dir, instead))


@click.command()
@with_place
def reindex(store: str | None, operator: str | None) -> None:
    """Index every run again from its folder; the exit status is 1 where one could not be."""
    from femo_tui.stats.figures_cache import make_figures
    from femo_tui.store.catalog import Catalog

    where = place(store, operator)
    with Catalog.open(where.store_root) as catalog:
        done = catalog.reindex()
    make_figures(where.store_root)
    click.echo(
        f"{plural(done.runs, 'run')} indexed, {done.removed} removed: their folders are gone"
    )
    for problem in done.problems:
        click.echo(f"! {problem}", err=True)
    if done.problems:
        sys.exit(1)
