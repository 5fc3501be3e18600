"""What a step acts on: the participant's screen, the run's log, the clock, the open window."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from femo_tui.devices.base import Page, Player
from femo_tui.model.clock import Clock
from femo_tui.model.events import FILM_STARTED, DeviceNote, RunEvent, WindowStart, WindowStop
from femo_tui.model.protocol import Step, say
from femo_tui.model.records import GsrSample, Severity, Stream
from femo_tui.recorder.exposures import Exposures
from femo_tui.recorder.gate import GatedWindow
from femo_tui.recorder.participant_words import ONE_MOMENT
from femo_tui.store.exposure import Exposure, film_begins

RECENT_S = 5.5  # an invalid reading voids the 5 s around it, also across a window's onset
SLOW_FRAME_S = 1 / 24  # of a film whose rate is not known


class RunLog(Protocol):
    """Where the run's events go: the run writer."""

    def event(self, event: RunEvent) -> None: ...


@dataclass(slots=True)
class Stage:
    """The one place where steps show things, write events and open windows."""

    clock: Clock
    origin_s: float  # boot time of run start
    log: RunLog
    player: Player
    language: str
    media: Mapping[str, Path]  # as the protocol names it → where it lies
    player_simulated: bool = False
    film_speed: float = 1.0  # the player's, for tests of long films
    # media → its longest frame, for films that were looked into: the least uncertainty of an onset
    film_frame_s: Mapping[str, float] = field(default_factory=dict)
    exposures: Exposures = field(default_factory=lambda: Exposures(Path()))
    recent: deque[GsrSample] = field(default_factory=deque)  # of the last RECENT_S
    camera_losses: list[DeviceNote] = field(default_factory=list)  # that last
    window: GatedWindow | None = None  # of the step that runs; closed ones stay until the next

    def run_s(self, t_s: float) -> float:
        """Turn boot time into seconds since run start."""
        return t_s - self.origin_s

    def frame_s(self, media: str) -> float:
        """Return how long one frame of a film may stand."""
        return self.film_frame_s.get(media, SLOW_FRAME_S)

    def show_text(self, step: Step, *, countdown_s: float | None = None, footer: str = "") -> None:
        """Show what the step has for the participant to read and look at."""
        self.player.show(
            Page(
                text=say(step.text, self.language),
                illustration=None if step.media is None else self.media.get(step.media),
                fixation=not step.text and step.media is None,
                countdown_s=countdown_s,
                footer=footer,
            )
        )

    def hold(self, paused: bool) -> None:
        """Freeze the participant's screen below a calm page, or go on with it."""
        self.player.set_paused(paused, say(ONE_MOMENT, self.language))

    def note_film(self, step: Step, attempt: int, t_s: float) -> Exposure:
        """Count and write down that the film of a step was first on screen at boot time `t_s`."""
        assert step.media is not None
        exposure = self.exposures.begin(step.name, step.media)
        film = self.exposures.film(step.media)
        self.log.event(
            DeviceNote(
                self.run_s(t_s),
                Stream.PLAYER,
                FILM_STARTED,
                Severity.INFO,
                film_begins(step.media, exposure.count),
                {
                    "step": step.name,
                    "attempt": attempt,
                    **film.facts(),
                    "exposure": exposure.count,
                    "primary": exposure.primary,
                },
            )
        )
        return exposure

    def open_window(
        self,
        step: Step,
        attempt: int,
        onset_s: float,
        *,
        media_s: float | None = None,
        uncertainty_s: float,
        exposure: Exposure | None = None,
    ) -> GatedWindow:
        """Begin the window of a step at boot time `onset_s`."""
        assert step.window is not None
        class_name = step.condition.class_name if step.condition else None
        self.log.event(
            WindowStart(
                self.run_s(onset_s),
                step.name,
                attempt,
                class_name,
                media_s,
                round(uncertainty_s, 6),
                None if exposure is None else step.media,
                None if exposure is None else exposure.count,
                exposure is None or exposure.primary,
            )
        )
        self.window = GatedWindow(
            step.name,
            attempt,
            class_name,
            onset_s,
            step.window.duration_s,
            uncertainty_s=uncertainty_s,
            samples=[sample for sample in self.recent if sample.t_s >= onset_s],
            samples_before=[sample for sample in self.recent if sample.t_s < onset_s],
            camera_losses=[note.text for note in self.camera_losses],
        )
        return self.window

    def close_window(self, window: GatedWindow, end_s: float, reason: str) -> None:
        """End a window at boot time `end_s`; what is stamped later is none of it."""
        window.end_s = max(end_s, window.onset_s)
        window.reason = reason
        self.log.event(
            WindowStop(
                self.run_s(window.end_s), window.step, window.attempt, window.class_name, reason
            )
        )
