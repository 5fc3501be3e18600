"""Tell from frames alone whether a camera still sees: silent, frozen, black, another size."""

from __future__ import annotations

from femo_tui.model.records import DeviceEvent, JsonValue, Severity, Stream

# With a look every 0.1 s the operator knows of each within the second, also on a busy machine.
SILENT_AFTER_S = 0.8
FROZEN_AFTER_S = 0.7  # of byte-identical frames: a sensor's noise never repeats
BLACK_AFTER_S = 0.5  # longer than a flicker of the exposure
BLACK_BELOW = 6.0  # mean grey level: a covered lens gives 0 to 4


class CameraWatch:
    """Fed with every frame and the passing of time; answers with the events that follow.

    Each trouble is told once when it begins and once, as `camera_recovered` with its length in
    `gap_s`, when it is over.
    """

    def __init__(self, camera: str, opened_s: float) -> None:
        """Take the camera's name, as events begin with it, and when it was opened."""
        self._camera = camera
        self._last_s = opened_s  # the newest frame, or the opening before there was one
        self._digest: int | None = None
        self._same_since_s = opened_s
        self._black_since_s: float | None = None
        self._size: tuple[int, int] | None = None
        self._silent = self._frozen = self._black = False
        self._reopened = self._ended = False

    def saw(
        self, t_s: float, digest: int, size: tuple[int, int], brightness: float
    ) -> list[DeviceEvent]:
        """Take a frame: its arrival, a digest of its bytes, width and height, mean grey level."""
        events: list[DeviceEvent] = []
        gap_s = t_s - self._last_s
        if self._reopened:
            events.append(
                self._event(
                    t_s,
                    "camera_reopened",
                    Severity.WARNING,
                    f"is open again, without frames for {gap_s:.1f} s",
                    gap_s=gap_s,
                )
            )
        elif self._silent or gap_s > SILENT_AFTER_S:
            if not self._silent:
                events.append(self._silence(t_s, gap_s))
            events.append(self._recovered(t_s, "camera_silent", gap_s))
        self._silent = self._reopened = False
        self._last_s = t_s
        events += self._check_size(t_s, size)
        events += self._check_frozen(t_s, digest)
        events += self._check_black(t_s, brightness)
        return events

    def tick(self, now_s: float) -> list[DeviceEvent]:
        """Take the time: call at least every 0.1 s, also while no frame comes."""
        gap_s = now_s - self._last_s
        if self._silent or self._ended or gap_s <= SILENT_AFTER_S:
            return []
        self._silent = True
        return [self._silence(now_s, gap_s)]

    def reopened(self) -> None:
        """Take note that the camera was opened again: the next frame ends the gap."""
        self._reopened = True

    def ended(self) -> None:
        """Take note that no frame will come any more: no silence from here on."""
        self._ended = True

    def frozen_s(self) -> float:
        """Return how long the image has stood still, 0 while it is not frozen."""
        return self._last_s - self._same_since_s if self._frozen else 0.0

    def _check_size(self, t_s: float, size: tuple[int, int]) -> list[DeviceEvent]:
        before, self._size = self._size, size
        if before in (None, size):
            return []
        old, new = f"{before[0]}×{before[1]}", f"{size[0]}×{size[1]}"
        text = f"changed its resolution from {old} to {new}"
        return [
            self._event(t_s, "camera_resolution", Severity.WARNING, text, before=old, after=new)
        ]

    def _check_frozen(self, t_s: float, digest: int) -> list[DeviceEvent]:
        if digest != self._digest:
            self._digest = digest
            begun_s, self._same_since_s = self._same_since_s, t_s
            if not self._frozen:
                return []
            self._frozen = False
            return [self._recovered(t_s, "camera_frozen", t_s - begun_s)]
        lasts_s = t_s - self._same_since_s
        if self._frozen or lasts_s < FROZEN_AFTER_S:
            return []
        self._frozen = True
        text = f"has given the same image for {lasts_s:.1f} s: it may be unplugged"
        return [self._event(t_s, "camera_frozen", Severity.LOSS, text, lasts_s=lasts_s)]

    def _check_black(self, t_s: float, brightness: float) -> list[DeviceEvent]:
        if brightness >= BLACK_BELOW:
            begun_s, self._black_since_s = self._black_since_s, None
            if not self._black or begun_s is None:
                return []
            self._black = False
            return [self._recovered(t_s, "camera_black", t_s - begun_s)]
        if self._black_since_s is None:
            self._black_since_s = t_s
        if self._black or t_s - self._black_since_s < BLACK_AFTER_S:
            return []
        self._black = True
        text = "sees only black: take off the lens cap or put on the light"
        return [
            self._event(t_s, "camera_black", Severity.LOSS, text, brightness=round(brightness, 1))
        ]

    def _silence(self, t_s: float, gap_s: float) -> DeviceEvent:
        text = f"has given no frame for {gap_s:.1f} s: check its plug"
        return self._event(t_s, "camera_silent", Severity.LOSS, text, gap_s=gap_s)

    def _recovered(self, t_s: float, was: str, gap_s: float) -> DeviceEvent:
        what = was.removeprefix("camera_")
        text = f"works again; it was {what} for {gap_s:.1f} s"
        return self._event(t_s, "camera_recovered", Severity.INFO, text, was=was, gap_s=gap_s)

    def _event(
        self, t_s: float, name: str, severity: Severity, text: str, **detail: JsonValue
    ) -> DeviceEvent:
        rounded = {
            key: round(value, 3) if isinstance(value, float) else value
            for key, value in detail.items()
        }
        return DeviceEvent(t_s, Stream.CAMERA, name, severity, f"{self._camera} {text}", rounded)
