"""The Arduino sketch, compiled for an Uno and run in a simulated one."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from femo_tui.devices.gsr_lines import LineReader
from femo_tui.model.records import GsrSample
from femo_tui.paths import PACKAGE_DIR
from femo_tui.signals.grove import GroveCalibration

SKETCH = PACKAGE_DIR / "devices" / "firmware" / "femo_gsr" / "femo_gsr.ino"
ARDUINO = Path("/usr/share/arduino/hardware/arduino/avr")
UNO = ["-mmcu=atmega328p", "-DF_CPU=16000000L", "-DARDUINO=10819", "-DARDUINO_ARCH_AVR", "-Os"]
UNO += ["-ffunction-sections", "-fdata-sections"]
CORE_FLAGS = ["-w", "-DDECIMAL_DIG=__DECIMAL_DIG__"]  # avr-gcc 5 has it under this name only


def _build(folder: Path, fast: int) -> Path:
    """Compile the sketch, warnings being errors, with Debian's Arduino core."""
    for tool in ("avr-g++", "simavr"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is missing: apt install gcc-avr avr-libc simavr")
    if not ARDUINO.is_dir():
        pytest.skip(f"{ARDUINO} is missing: apt install arduino-core-avr")
    include = [f"-I{ARDUINO}/cores/arduino", f"-I{ARDUINO}/variants/standard"]
    cpp = ["avr-g++", "-std=gnu++11", "-fno-exceptions", "-fno-threadsafe-statics", *UNO, *include]
    c = ["avr-gcc", "-std=gnu11", *UNO, *include]

    def run(*command: str) -> None:
        subprocess.run(command, cwd=folder, check=True)

    sources = sorted((ARDUINO / "cores" / "arduino").glob("*.c"))
    run(*c, *CORE_FLAGS, "-c", *map(str, sources))
    sources = sorted((ARDUINO / "cores" / "arduino").glob("*.cpp"))
    run(*cpp, *CORE_FLAGS, "-fpermissive", "-c", *map(str, sources))
    strict = ["-Wall", "-Wextra", "-Werror", f"-DFEMO_FAST={fast}", "-include", "Arduino.h"]
    run(*cpp, *strict, "-x", "c++", "-c", str(SKETCH), "-o", "sketch.o")
    objects = [path.name for path in folder.glob("*.o")]
    run("avr-g++", "-mmcu=atmega328p", "-Wl,--gc-sections", *objects, "-o", "femo_gsr.elf")
    return folder / "femo_gsr.elf"


def _lines(firmware: Path, count: int) -> list[bytes]:
    """Return the first lines that the simulated board sends; simavr shows CR and LF as dots."""
    command = ["simavr", "-m", "atmega328p", "-f", "16000000", str(firmware)]
    lines: list[bytes] = []
    # timeout(1) ends the board whatever happens here: it runs for ever.
    command = ["timeout", "--signal=KILL", "30", *command]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as board:
        assert board.stdout is not None
        for shown in board.stdout:
            lines += re.findall(rb"F,[^.\x1b]*(?=\.\.)", shown)
            if len(lines) >= count:
                break
        board.terminate()
    return lines[:count]


@pytest.mark.parametrize(
    ("fast", "period_us", "reads"), [(0, 100_000, range(880, 910)), (1, 1000, range(4, 10))]
)
def test_every_line_checks_and_sums_over_exactly_its_period(
    tmp_path: Path, fast: int, period_us: int, reads: range
) -> None:
    lines = _lines(_build(tmp_path, fast), 30)
    found = [r for line in lines for r in LineReader(GroveCalibration()).feed(line + b"\r\n", 0.0)]
    assert len(found) == 30
    assert all(isinstance(record, GsrSample) for record in found)
    numbers = [[int(word) for word in line[2:].split(b"*")[0].split(b",")] for line in lines]
    assert [seq for seq, *_ in numbers] == list(range(30))
    assert {b[1] - a[1] for a, b in pairwise(numbers)} == {period_us}
    assert all(n in reads for *_, n in numbers)


def test_the_sketch_is_set_to_ten_lines_a_second() -> None:
    sketch = SKETCH.read_text()
    assert "#define FEMO_FAST 0" in sketch
    assert "115200" in sketch
