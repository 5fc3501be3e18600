"""The shipped sketch on an Arduino Uno: compiled with Debian's core, run in simavr."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from femo_tui.paths import PACKAGE_DIR
from tests.support.femo import wait_until
from tests.support.needed import lack, need

SKETCH = PACKAGE_DIR / "devices" / "firmware" / "femo_gsr" / "femo_gsr.ino"
BOARD = Path(__file__).with_name("uno_with_ramp.c")
ARDUINO = Path("/usr/share/arduino/hardware/arduino/avr")
SIMAVR = Path("/usr/include/simavr/sim_avr.h")
UNO = ["-mmcu=atmega328p", "-DF_CPU=16000000L", "-DARDUINO=10819", "-DARDUINO_ARCH_AVR", "-Os"]
UNO += ["-ffunction-sections", "-fdata-sections"]
CORE_FLAGS = ["-w", "-DDECIMAL_DIG=__DECIMAL_DIG__"]  # avr-gcc 5 has it under this name only


def _need_package(path: Path, package: str) -> None:
    if not path.exists():
        lack(f"{path} (Debian: {package})")


def build_sketch(folder: Path, *, fast: bool | None, sketch: Path = SKETCH) -> Path:
    """Compile a sketch, its warnings being errors; `fast` None leaves it as it is written."""
    need("avr-g++")
    _need_package(ARDUINO, "arduino-core-avr")
    include = [f"-I{ARDUINO}/cores/arduino", f"-I{ARDUINO}/variants/standard"]
    cpp = ["avr-g++", "-std=gnu++11", "-fno-exceptions", "-fno-threadsafe-statics", *UNO, *include]
    c = ["avr-gcc", "-std=gnu11", *UNO, *include]

    def run(*command: str) -> None:
        subprocess.run(command, cwd=folder, check=True)

    core = ARDUINO / "cores" / "arduino"
    run(*c, *CORE_FLAGS, "-c", *map(str, sorted(core.glob("*.c"))))
    run(*cpp, *CORE_FLAGS, "-fpermissive", "-c", *map(str, sorted(core.glob("*.cpp"))))
    strict = ["-Wall", "-Wextra", "-Werror", "-include", "Arduino.h"]
    if fast is not None:
        strict.append(f"-DFEMO_FAST={int(fast)}")
    run(*cpp, *strict, "-x", "c++", "-c", str(sketch), "-o", "sketch.o")
    objects = [path.name for path in folder.glob("*.o")]
    run("avr-g++", "-mmcu=atmega328p", "-Wl,--gc-sections", *objects, "-o", "femo_gsr.elf")
    return folder / "femo_gsr.elf"


def build_board(folder: Path) -> Path:
    """Compile the simulated board; return the program."""
    need("gcc")
    _need_package(SIMAVR, "libsimavr-dev")
    _need_package(Path("/usr/include/libelf.h"), "libelf-dev")
    program = folder / "uno_with_ramp"
    strict = ["-O2", "-Wall", "-Wextra", "-Werror"]
    command = ["gcc", *strict, str(BOARD), "-o", str(program), "-lsimavr", "-lelf", "-lutil", "-lm"]
    subprocess.run(command, check=True)
    return program


@dataclass(frozen=True)
class Ramp:
    """The voltage at A0, from reset on."""

    start_mv: float = 500.0
    mv_per_s: float = 100.0

    def counts_at(self, t_s: float) -> float:
        """Return what a 10-bit ADC with a reference of 5 V reads, before it rounds."""
        return (self.start_mv + self.mv_per_s * t_s) / 5000 * 1024


@dataclass(frozen=True)
class Line:
    """One line as the board sent it."""

    seq: int
    micros: int
    total: int
    n: int


@dataclass(frozen=True)
class Uno:
    """A board that runs."""

    port: Path
    sent: Path  # what it sends, before anything is spoiled

    def bytes_lines(self) -> list[bytes]:
        """Return the whole lines so far."""
        return self.sent.read_bytes().split(b"\r\n")[:-1] if self.sent.exists() else []

    def lines(self) -> list[Line]:
        """Return the lines so far, read without femo."""
        return [
            Line(*(int(number) for number in line[2:].split(b"*")[0].split(b",")))
            for line in self.bytes_lines()
        ]


@contextmanager
def running_uno(
    board: Path,
    firmware: Path,
    folder: Path,
    *,
    ramp: Ramp | None = None,
    spoil_every: int = 0,
    speed: float = 1.0,
) -> Iterator[Uno]:
    """Run a board; `speed` is its seconds a second, 0 as fast as it goes."""
    a0 = ramp or Ramp()
    uno = Uno(folder / "usb-Arduino_Uno", folder / "sent")
    options = [str(a0.start_mv), str(a0.mv_per_s), str(spoil_every), str(speed)]
    process = subprocess.Popen(
        [str(board), str(firmware), str(uno.port), str(uno.sent), *options],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: len(uno.bytes_lines()) > 0, "the board's first line")
        yield uno
    finally:
        process.kill()
        process.wait()
        uno.port.unlink(missing_ok=True)
