"""`femo calibrate`: measure a GSR sensor, step by step, and keep what came of it."""

from __future__ import annotations

import re
import select
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, print_table, with_json, with_place
from femo_tui.errors import DeviceError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from femo_tui.model.calibration import CalibrationPoint, SensorCalibration
    from femo_tui.recorder.calibrate import CalibrationBench

MOST_RESISTORS = 2  # asked for; more may be named
FAR_FROM_NOMINAL_COUNTS = 100.0  # the potentiometer was never set
_OHMS = re.compile(r"(\d+(?:\.\d+)?)\s*([kM]?)(?:Ω|ohm)?")


def parse_ohms(text: str) -> float:
    """Return a resistance in Ω."""
    match = _OHMS.fullmatch(text.strip())
    ohms = float(match[1]) * {"": 1.0, "k": 1e3, "M": 1e6}[match[2]] if match else 0.0
    if not ohms > 0:
        raise UsageError(f"resistance {text!r}: write ohms, such as 100000 or 100k")
    return ohms


@click.command()
@click.option("--gsr", help="serial:PORT or serial:auto (default: the config file's).")
@click.option(
    "--resistor", "named", multiple=True, metavar="OHM", help="A known one, such as 100k."
)
@click.option("--seconds", type=click.FloatRange(min=1), default=10.0, show_default=True)
@click.option("--unworn-only", is_flag=True, help="Measure the unworn reading and no resistor.")
@click.option("--yes", is_flag=True, help="With --unworn-only: ask nothing, measure now.")
@click.option("--show", is_flag=True, help="List what the store has, measure nothing.")
@with_json
@with_place
def calibrate(
    gsr: str | None,
    named: tuple[str, ...],
    seconds: float,
    unworn_only: bool,
    yes: bool,
    show: bool,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Measure a GSR sensor unworn and with known resistors; recordings use it from then on."""
    where = place(store, operator)
    if show:
        _show(where.store_root, as_json)
        return
    resistors = [parse_ohms(text) for text in named]
    if unworn_only and resistors:
        raise UsageError("--unworn-only measures no resistor: leave one of the two out")
    if yes and not unworn_only:
        raise UsageError(
            "--yes goes with --unworn-only: resistors have to be put in by hand, one by one"
        )

    from femo_tui.recorder.calibrate import CalibrationBench
    from femo_tui.store.calibration import save_calibration

    with CalibrationBench(gsr or where.config.gsr, where.operator) as bench:
        _say(f"{bench.info.model}: {seconds:g} s a measurement")
        if yes:
            _measure(bench, None, seconds)
        else:
            _guide(bench, resistors, seconds, ask_resistors=not (unworn_only or resistors))
        result = bench.result()
        path = save_calibration(where.store_root, result)
    if as_json:
        print_json({**asdict(result), "file": str(path)})
    else:
        _print(result)
        click.echo(f"kept in {path}; recordings with this sensor use it from now on")


def _guide(
    bench: CalibrationBench, resistors: list[float], seconds: float, *, ask_resistors: bool
) -> None:
    """Lead through the measurements; one that went wrong is done again."""
    _step(bench, "Take the electrodes off everybody, then press Enter.", None, seconds)
    for ohm in resistors:
        text = f"Connect {_ohms(ohm)} between the electrode leads, then press Enter."
        _step(bench, text, ohm, seconds)
    for _ in range(MOST_RESISTORS if ask_resistors else 0):
        if not _resistor_step(bench, seconds):
            break


def _step(bench: CalibrationBench, text: str, ohm: float | None, seconds: float) -> None:
    while True:
        _ask(bench, text)
        try:
            _measure(bench, ohm, seconds)
        except DeviceError as problem:
            _say(f"! {problem}")
        else:
            return


def _resistor_step(bench: CalibrationBench, seconds: float) -> bool:
    """Measure a resistor that the operator names; return False if there is no more."""
    while answer := _ask(
        bench,
        "Connect a known resistor between the electrode leads and type its ohms, such as 100k;"
        " press Enter alone to go without.",
    ):
        try:
            _measure(bench, parse_ohms(answer), seconds)
        except (DeviceError, UsageError) as problem:
            _say(f"! {problem}")
        else:
            return True
    return False


def _measure(bench: CalibrationBench, ohm: float | None, seconds: float) -> None:
    point = bench.measure(ohm, seconds)
    _say(f"{_what(point)}: {point.reading:.2f} counts, noise {point.noise_counts:.2f}")
    if ohm is None and abs(point.reading - 512) > FAR_FROM_NOMINAL_COUNTS:
        _say(
            "That is far from 512, so the sensor's range is cut: turn its potentiometer, then"
            " calibrate again."
        )


def _ask(bench: CalibrationBench, text: str) -> str:
    """Return the line that is typed; on a terminal the reading is shown until then."""
    _say(text)
    if sys.stdin.isatty() and sys.stderr.isatty():
        while not select.select([sys.stdin], [], [], 0)[0]:
            reading = bench.reading()
            shown = "nothing comes" if reading is None else f"{reading:7.1f} counts"
            click.echo(f"\r  now {shown}   ", err=True, nl=False)
        click.echo("", err=True)
    line = sys.stdin.readline()
    if not line:
        raise UsageError(
            "standard input ended before everything was measured, so nothing is kept:"
            " run it in a terminal, or with --unworn-only --yes"
        )
    return line.strip()


def _say(text: str) -> None:
    click.echo(text, err=True)


def _ohms(ohm: float) -> str:
    return f"{ohm / 1000:g} kΩ" if ohm >= 1000 else f"{ohm:g} Ω"


def _what(point: CalibrationPoint) -> str:
    return "unworn" if point.ohm is None else _ohms(point.ohm)


def _print(result: SensorCalibration) -> None:
    from femo_tui.devices.gsr_facts import TYPICAL_US
    from femo_tui.signals.grove import GroveCalibration

    grove = GroveCalibration.from_facts(result.grove)
    residual = grove.residual_counts
    lines = {
        "sensor": result.sensor,
        "measured": f"{result.utc} by {result.operator}, at {result.rate_hz:g} Hz",
        "points": ", ".join(map(_what, result.points)),
        "unworn reading": f"{grove.cal:.2f} ± {grove.cal_uncertainty_counts:.2f} counts",
        "scale": f"{grove.scale_ohm:.0f} Ω",
        "noise": f"{grove.noise_counts:.2f} counts (standard deviation)",
        "residual": "not known: it takes the unworn reading and two resistors"
        if residual is None
        else f"{residual:.2f} counts",
        "resolution": f"{grove.resolution_counts:.2f} counts,"
        f" {grove.resolution_us(TYPICAL_US):.3f} µS at {TYPICAL_US:g} µS",
    }
    for name, value in lines.items():
        click.echo(f"{name:15} {value}")


def _show(root: Path, as_json: bool) -> None:
    from femo_tui.signals.grove import GroveCalibration
    from femo_tui.store.calibration import list_calibrations

    kept = list_calibrations(root)
    if as_json:
        print_json([asdict(calibration) for calibration in kept])
        return
    if not kept:
        click.echo("no sensor is calibrated: recordings take 512 as the unworn reading")
        return
    rows: list[tuple[str, ...]] = []
    for calibration in kept:
        grove = GroveCalibration.from_facts(calibration.grove)
        rows.append(
            (
                calibration.sensor,
                calibration.utc,
                ", ".join(map(_what, calibration.points)),
                f"{grove.cal:.1f}",
                f"{grove.noise_counts:.2f}",
                f"{grove.resolution_counts:.2f}",
            )
        )
    print_table(rows, ("sensor", "measured", "points", "unworn counts", "noise", "resolution"))
