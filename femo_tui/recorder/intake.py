"""Takes in what devices read: writes it, counts it, and adds it to the window it falls into."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from femo_tui.devices.base import DeviceInfo
from femo_tui.model.events import DeviceNote
from femo_tui.model.records import DeviceEvent, Frame, GsrSample, Severity, Stream
from femo_tui.model.troubles import lasting
from femo_tui.recorder.counts import RunCounts
from femo_tui.recorder.stage import RECENT_S, Stage
from femo_tui.signals.gsr_state import GsrStateWatch
from femo_tui.store.run_writer import RunWriter


class Intake:
    """Samples, frames and device events on their way into the run folder."""

    def __init__(
        self, writer: RunWriter, stage: Stage, counts: RunCounts, gsr_info: DeviceInfo | None
    ) -> None:
        self._writer = writer
        self._stage = stage
        self._counts = counts
        self._gsr_state = GsrStateWatch(_resolution_of(gsr_info))
        self._frozen = False  # the camera gives one image over and over
        self.step = ("", 0)  # name and attempt of the step that runs

    def take(self, record: GsrSample | Frame | DeviceEvent) -> None:
        """Write one record; what carries no time of this run is not part of it."""
        if record.t_s < self._stage.origin_s:
            return
        if isinstance(record, GsrSample):
            self._take_sample(record)
        elif isinstance(record, Frame):
            self._take_frame(record)
        else:
            self._take_event(record)

    def sync(self) -> None:
        """Ask for everything to be put on the disk now."""
        self._writer.sync()

    def _take_sample(self, sample: GsrSample) -> None:
        self._writer.sample(sample)
        self._counts.gsr_samples += 1
        recent = self._stage.recent
        recent.append(sample)
        while recent[0].t_s < sample.t_s - RECENT_S:
            recent.popleft()
        window = self._stage.window
        if window is not None and window.holds(sample.t_s):
            window.samples.append(sample)
        changed = self._gsr_state.take(sample)
        if changed is not None:
            self._take_event(changed)

    def _take_frame(self, frame: Frame) -> None:
        window = self._stage.window
        inside = window is not None and window.holds(frame.t_s)
        if window is not None and inside:
            window.add_frame(frame, frozen=self._frozen)
            where = (window.step, window.attempt, window.class_name)
        else:
            where = (*self.step, None)
        self._writer.frame(frame, *where, save=inside)
        self._counts.frames += 1
        self._counts.frames_with_face += frame.faces > 0

    def _take_event(self, event: DeviceEvent) -> None:
        note = DeviceNote(
            self._stage.run_s(event.t_s),
            event.stream,
            event.name,
            event.severity,
            event.text,
            event.detail,
        )
        self._writer.event(note)
        if event.stream is Stream.CAMERA:
            self._note_loss(note)
        if event.name in ("camera_frozen", "camera_recovered", "camera_reopened"):
            self._frozen = event.name == "camera_frozen"
        count = event.detail.get("count", 1)
        number = count if isinstance(count, int) else 1
        if event.name == "samples_lost":
            self._counts.gsr_lost += number
        elif event.name == "line_rejected":
            self._counts.gsr_rejected_lines += number
        elif event.name == "frames_dropped" and event.stream is Stream.CAMERA:  # not the film's
            self._counts.frames_dropped += number

    def _note_loss(self, note: DeviceNote) -> None:
        """Keep what the camera lost, as the reason for faces that a window lacks."""
        self._stage.camera_losses = lasting([*self._stage.camera_losses, note])
        window = self._stage.window
        if note.severity is Severity.LOSS and window is not None and window.end_s is None:
            window.camera_losses.append(note.text)


def _resolution_of(info: DeviceInfo | None) -> Callable[[float], float] | None:
    """Return the sensor's resolution in µS at a conductance, where its calibration is known."""
    calibration = None if info is None else info.facts.get("calibration")
    if not isinstance(calibration, Mapping):
        return None
    from femo_tui.signals.grove import GroveCalibration

    return GroveCalibration.from_facts(calibration).resolution_us
