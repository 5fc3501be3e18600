"""Tells a sensor whose numbers are no voltages from a silent one; the operator names the unit."""

from __future__ import annotations

from femo_tui.devices.base import DeviceInfo
from femo_tui.devices.gsr_lines import Rejection, Unit
from femo_tui.model.records import DeviceEvent, GsrSample

COUNTS_LIMIT = 1 << 16  # no board's ADC has more steps


class UnitDoubt:
    """Hears what a sensor on a port sends, and keeps the newest number if none was a voltage."""

    def __init__(self) -> None:
        self._newest = ""

    def hear(self, record: GsrSample | DeviceEvent) -> None:
        if isinstance(record, GsrSample):
            self._newest = ""
        elif record.detail.get("reason") == Rejection.OUT_OF_RANGE:
            self._newest = str(record.detail.get("bytes", "")).strip()

    def words(self, info: DeviceInfo) -> tuple[str, str]:
        """Return what is wrong and what to do; both empty where nothing speaks for a wrong unit."""
        return self.words_of(info.uri, str(info.facts.get("unit")))

    def words_of(self, uri: str, unit: str) -> tuple[str, str]:
        """Return the same of a sensor that is not open yet, by its address and the unit in it."""
        if not self._newest or unit != Unit.VOLT:
            return "", ""
        what = f"lines arrive but none is a voltage (newest {self._newest})"
        sign = "&" if "?" in uri else "?"
        if self._newest.isdecimal() and int(self._newest) < COUNTS_LIMIT:
            return what, f"add {sign}unit=adc to its address"
        return what, f"check its sketch, or add {sign}unit=adc or {sign}unit=us to its address"
