"""`femo firmware`: the Arduino sketch that ships with femo, and how to flash it."""

from __future__ import annotations

from pathlib import Path

import click

from femo_tui.errors import UsageError

SKETCH = "femo_gsr"  # the Arduino tools want a sketch in a folder of its own name
SLOW, FAST = "#define FEMO_FAST 0", "#define FEMO_FAST 1"
STEPS = """\
{sketch} is written.

Wiring   Grove VCC (red) to 5V, GND (black) to GND, SIG (yellow) to A0.
         Electrodes on the middle phalanges of index and middle finger of one hand.
Flash    with the Arduino IDE: open the file, choose board and port, press Upload;
         or, for an Uno:
           arduino-cli core install arduino:avr
           arduino-cli compile --fqbn arduino:avr:uno {folder}
           arduino-cli upload --fqbn arduino:avr:uno --port /dev/ttyACM0 {folder}
Measure  femo calibrate --gsr '{uri}'
Record   femo record --gsr '{uri}' …, at {rate}
"""
SPEEDS = {
    False: ("10 Hz", "serial:auto", "For 1 kHz, write it anew elsewhere with --fast."),
    True: (
        "1 kHz",
        "serial:auto?baud=500000",
        "For 10 Hz, write it anew elsewhere without --fast.",
    ),
}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=SKETCH, metavar="[DIR]")
@click.option("--fast", is_flag=True, help="1000 lines a second at 500 000 baud, instead of 10.")
def firmware(folder: Path, fast: bool) -> None:
    """Write the Arduino sketch to DIR (default: ./femo_gsr) and say how to wire and flash it."""
    from femo_tui.paths import PACKAGE_DIR

    shipped = PACKAGE_DIR / "devices" / "firmware" / SKETCH / f"{SKETCH}.ino"
    target = folder.expanduser().absolute()
    if target.name != SKETCH:
        target /= SKETCH
    sketch = target / shipped.name
    text = shipped.read_text("utf-8")
    try:
        target.mkdir(parents=True, exist_ok=True)
        with sketch.open("x", encoding="utf-8") as file:
            file.write(text.replace(SLOW, FAST) if fast else text)
    except FileExistsError:
        raise UsageError(
            f"{sketch} exists already and is not overwritten: name another folder"
        ) from None
    except OSError as problem:
        raise UsageError(
            f"{sketch} cannot be written ({problem.strerror}): name another folder"
        ) from None
    rate, uri, other = SPEEDS[fast]
    click.echo(STEPS.format(sketch=sketch, folder=target, rate=rate, uri=uri) + other)
