"""What the recorder asks of a device: three small Protocols, the inbox they fill, their URIs.

A device is made from its URI, opened (which raises DeviceError in one sentence if it is absent or
busy), attached to an inbox, and closed. Real devices read in a thread of their own; simulated ones
are *paced*: they say when their next record is due and make it when asked, so that the same
simulation runs against the host's clock and, faster than time, against a virtual one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias
from urllib.parse import parse_qsl

from femo_tui.errors import UsageError
from femo_tui.model.clock import Clock
from femo_tui.model.conditions import Condition
from femo_tui.model.protocol import ScaleLook
from femo_tui.model.records import DeviceEvent, Frame, GsrSample, JsonValue, PlayerEvent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image: TypeAlias = "NDArray[np.uint8]"  # height × width × 3, BGR

Record: TypeAlias = GsrSample | Frame | DeviceEvent | PlayerEvent
STUDY_SIZE = (720, 480)  # px of the camera of the study, width and height


class Paced(Protocol):
    """A source that knows when its next records are due."""

    def next_due_s(self) -> float | None:
        """Return the boot time of the next record, or None while nothing is coming."""
        ...

    def produce(self) -> Sequence[Record]:
        """Make the records that are due; called once the clock has reached `next_due_s`."""
        ...


class Inbox(Protocol):
    """Where every device puts what it reads; the engine alone takes from it."""

    @property
    def clock(self) -> Clock: ...

    def put(self, record: Record) -> None:
        """Hand over a record; never blocks; safe from any thread."""
        ...

    def attach(self, source: Paced) -> None:
        """Call `source.produce()` whenever it is due, from now until `detach`."""
        ...

    def detach(self, source: Paced) -> None:
        """Stop calling `source`; nothing of it arrives afterwards."""
        ...

    def rouse(self, source: Paced) -> None:
        """Ask `source` again when it is due: what it was doing has changed."""
        ...


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What a device is, for the operator and for `run_start`."""

    uri: str
    model: str  # "Grove GSR on /dev/ttyACM0", "mpv 0.35 on :0"
    simulated: bool
    rate_hz: float | None = None  # what it promises; None if it promises nothing
    facts: dict[str, JsonValue] = field(default_factory=dict)  # calibration, size, versions


class GsrSensor(Protocol):
    """A skin conductance sensor."""

    def open(self) -> DeviceInfo: ...

    def start(self, inbox: Inbox) -> None:
        """Begin to put GsrSample and DeviceEvent (stream gsr) into the inbox."""
        ...

    def cue(self, condition: Condition | None) -> None:
        """Tell a simulated device what the participant lives through; real ones ignore it."""
        ...

    def close(self) -> None: ...


class Camera(Protocol):
    """A source of images; `read` is called from one thread only.

    `dropped` counts the frames that were due and that no `read` came for in time.
    """

    @property
    def dropped(self) -> int: ...

    def open(self) -> DeviceInfo: ...

    def read(self) -> tuple[float, Image] | None:
        """Return (boot time of arrival, BGR image), waiting for it; None if it has ended.

        Raises:
            DeviceError: the camera stopped working.
        """
        ...

    def cue(self, condition: Condition | None) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answers in a row, each under the key that gives it."""

    look: ScaleLook
    low: int
    high: int
    low_text: str = ""  # what the ends mean, in the participant's language
    high_text: str = ""
    chosen: int | None = None  # the answer that is shown as given
    barred: tuple[int, ...] = ()  # by whoever takes part: a simulated participant never gives these


@dataclass(frozen=True, slots=True)
class Page:
    """What the participant reads or looks at between films."""

    text: str = ""
    illustration: Path | None = None
    fixation: bool = False
    countdown_s: float | None = None  # shown counting down when given
    footer: str = ""  # which keys do what
    corner: str = ""  # how far one has come, such as "2 / 7"
    question: Question | None = None


class Player(Protocol):
    """The participant's screen: one window for the whole run, black when idle."""

    def open(self) -> DeviceInfo: ...

    def start(self, inbox: Inbox) -> None:
        """Begin to put PlayerEvent and DeviceEvent (stream player) into the inbox."""
        ...

    def show(self, page: Page) -> None:
        """Show a page until something else is shown."""
        ...

    def play(self, clip: Path) -> None:
        """Play a film once: STARTED, POSITION at least 4 times a second, ENDED."""
        ...

    def set_paused(self, paused: bool, notice: str = "") -> None:
        """Freeze what is shown below black and `notice`, or go on with it where it stood."""
        ...

    def blank(self) -> None:
        """Stop whatever is shown and show black."""
        ...

    def cue(self, condition: Condition | None) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class DeviceUri:
    """A device URI taken apart: `serial:/dev/ttyACM0?baud=115200`."""

    scheme: str
    path: str
    options: dict[str, str]
    text: str

    def number(self, option: str, default: float) -> float:
        """Return a numeric option."""
        value = self.options.get(option)
        if value is None:
            return default
        try:
            return float(value)
        except ValueError:
            raise UsageError(f"device {self.text}: {option}={value} is not a number") from None

    def choice(self, option: str, allowed: Sequence[str]) -> str:
        """Return an option that is one of `allowed`, the first by default."""
        value = self.options.get(option, allowed[0])
        if value not in allowed:
            raise UsageError(
                f"device {self.text}: {option}={value} is unknown; use {' or '.join(allowed)}"
            )
        return value


def parse_uri(text: str, known_options: dict[str, frozenset[str]]) -> DeviceUri:
    """Take `text` apart; `known_options` lists for each scheme the options it takes.

    Raises:
        UsageError: unknown scheme or option.
    """
    head, _, query = text.partition("?")
    scheme, _, path = head.partition(":")
    if scheme not in known_options:
        raise UsageError(f"device {text!r} is unknown: use one of {', '.join(known_options)}")
    options = dict(parse_qsl(query, keep_blank_values=True))
    for option in options:
        if option not in known_options[scheme]:
            known = ", ".join(sorted(known_options[scheme])) or "none"
            raise UsageError(f"device {text}: option {option!r} is unknown; known are: {known}")
    return DeviceUri(scheme, path, options, text)
