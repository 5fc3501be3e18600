"""Measures a GSR sensor: unworn, and with known resistors in place of the skin."""

from __future__ import annotations

from femo_tui.devices.base import DeviceInfo, GsrSensor, parse_uri
from femo_tui.devices.gsr import GSR_OPTIONS, make_gsr
from femo_tui.devices.gsr_unit import UnitDoubt
from femo_tui.errors import DeviceError, UsageError
from femo_tui.model.calibration import CalibrationPoint, SensorCalibration
from femo_tui.model.clock import HostClock
from femo_tui.model.records import DeviceEvent, GsrSample, JsonValue, Severity
from femo_tui.recorder.device_locks import DeviceLocks, Purpose
from femo_tui.recorder.inbox import HostInbox, Item
from femo_tui.recorder.wall_clock import iso
from femo_tui.signals.calibrate import calibrate, counts_of, measure_point
from femo_tui.signals.grove import LEAST_READINGS, GroveCalibration

FIRST_LINE_S = 6.0  # an Arduino that restarts on opening is silent for about 2 s
SETTLE_S = 0.5  # contacts bounce, and what is under way was of what it was held to before
MOMENT_S = 0.5  # what a live reading is the mean of
NOMINAL = GroveCalibration()


class CalibrationBench:
    """One sensor while it is measured; held exclusively from entering to leaving."""

    def __init__(self, uri: str, operator: str) -> None:
        self._uri = uri
        self._operator = operator
        self._clock = HostClock()
        self._inbox = HostInbox(self._clock)
        self._locks = DeviceLocks()
        self._points: list[CalibrationPoint] = []

    def __enter__(self) -> CalibrationBench:
        """Open the sensor.

        Raises:
            UsageError: the URI names none that has counts to calibrate.
            DeviceError: it is absent, busy, or silent.
        """
        self._sensor = _sensor_with_counts(self._uri)
        since = iso(self._clock.utc())
        holder: dict[str, JsonValue] = {
            "operator": self._operator,
            "purpose": Purpose.CALIBRATION,
            "since_utc": since,
        }
        self._locks.take([self._uri], holder)
        try:
            self._info = self._sensor.open()
            self._sensor.start(self._inbox)
            self._await_first_line()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._close()

    def _close(self) -> None:
        self._sensor.close()
        self._locks.release()

    @property
    def info(self) -> DeviceInfo:
        return self._info

    def reading(self) -> float | None:
        """Return the reading of the next half second in counts, None if nothing came."""
        self._drain()
        found = [self._counts(sample) for sample in self._listen(MOMENT_S)]
        return sum(found) / len(found) if found else None

    def measure(self, ohm: float | None, seconds: float) -> CalibrationPoint:
        """Measure for `seconds` once it has settled; `ohm` None is the sensor unworn.

        Raises:
            DeviceError: the sensor stopped, sent too little, or its reading moved.
        """
        self._drain()
        self._listen(SETTLE_S)
        samples = self._listen(seconds)
        if len(samples) < LEAST_READINGS:
            raise DeviceError(
                f"only {len(samples)} readings came from {self._info.model} in {seconds:g} s, too"
                " few to measure its noise: check its cable, or measure longer with --seconds"
            )
        reads = [sample.reads or 1 for sample in samples]
        counts = [self._counts(sample) for sample in samples]
        point = measure_point(ohm, counts, sum(reads) / len(reads))
        self._points.append(point)
        return point

    def result(self) -> SensorCalibration:
        """Return the calibration that the points so far make.

        Raises:
            UsageError: they make none.
        """
        utc = iso(self._clock.utc())
        assert self._info.rate_hz is not None
        fitted = calibrate(self._points, utc=utc, rate_hz=self._info.rate_hz)
        return SensorCalibration(
            sensor=str(self._info.facts["sensor"]),
            utc=utc,
            operator=self._operator,
            uri=self._uri,
            rate_hz=self._info.rate_hz,
            points=tuple(self._points),
            grove=fitted.facts(),
        )

    def _counts(self, sample: GsrSample) -> float:
        return counts_of(sample, str(self._info.facts["unit"]), NOMINAL)

    def _await_first_line(self) -> None:
        doubt = UnitDoubt()
        until_s = self._clock.now_s() + FIRST_LINE_S
        while (item := self._inbox.take(until_s)) is not None:
            if isinstance(item, GsrSample):
                return
            if isinstance(item, DeviceEvent):
                doubt.hear(item)
        wrong, remedy = doubt.words(self._info)
        if wrong:
            raise DeviceError(f"{self._info.model}: {wrong}: {remedy}")
        raise DeviceError(
            f"no reading came from {self._info.model} in {FIRST_LINE_S:g} s: check its sketch and"
            " baud rate (`femo firmware` writes a sketch out)"
        )

    def _drain(self) -> None:
        """Forget what came before now: it was of whatever the sensor was held to then."""
        now_s = self._clock.now_s()
        while (item := self._inbox.take(self._clock.now_s() + 0.001)) is not None:
            _raise_if_lost(item)
            if isinstance(item, GsrSample) and item.t_s >= now_s:
                return

    def _listen(self, seconds: float) -> list[GsrSample]:
        """Return the samples of the next `seconds`; raise DeviceError where the sensor stops."""
        samples: list[GsrSample] = []
        until_s = self._clock.now_s() + seconds
        while (item := self._inbox.take(until_s)) is not None:
            _raise_if_lost(item)
            if isinstance(item, GsrSample):
                samples.append(item)
        return samples


def _raise_if_lost(item: Item) -> None:
    if isinstance(item, DeviceEvent) and item.severity is Severity.LOSS:
        raise DeviceError(f"{item.text} Nothing of this measurement was kept.")


def _sensor_with_counts(uri: str) -> GsrSensor:
    parsed = parse_uri(uri, GSR_OPTIONS)
    if parsed.scheme != "serial":
        raise UsageError(
            f"{uri} cannot be calibrated: name a sensor on a port, as in"
            " --gsr serial:/dev/ttyACM0, or serial:auto"
        )
    if parsed.options.get("unit") == "us":
        raise UsageError(
            f"{uri} sends µS and hides its counts: calibrate it in its own sketch, or flash ours"
            " (`femo firmware`)"
        )
    sensor = make_gsr(uri)
    assert sensor is not None
    return sensor
