"""Pictures of what the participant sees in each kind of step of a protocol, from a real mpv.

python -m tests.support.screen_pictures OUT [--protocol wile2018] [--size 1280x720] [--language es]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from femo_tui import paths
from femo_tui.devices.base import Player
from femo_tui.devices.player import make_player
from femo_tui.model.events import RunEvent
from femo_tui.model.protocol import Scale, Step, StepKind, StudyProtocol
from femo_tui.model.records import PlayerEvent, PlayerMoment
from femo_tui.recorder.asking_step import UNREAD_S, AskingStep
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.step_kinds import make_step_run
from femo_tui.recorder.steps import StepRun
from tests.support.framebuffer import Framebuffer
from tests.support.inbox import CollectingInbox
from tests.support.xvfb import xvfb_display

QUICK = paths.stimuli_dir() / "quick"
STEADY_S = 0.08  # a page that did not change for so long is all there
GIVES_UP_AFTER_S = 10.0


class Forgetful:
    """A log that keeps nothing."""

    def event(self, event: RunEvent) -> None:
        pass


@dataclass
class Theatre:
    """A player on a display whose memory can be read."""

    player: Player
    inbox: CollectingInbox
    display: Framebuffer
    shown: NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        self.shown = self.display.picture()

    def next_picture(self) -> NDArray[np.uint8]:
        """Wait until something else is shown, and all of it; return it."""
        give_up_s = time.monotonic() + GIVES_UP_AFTER_S
        before, since_s = self.shown, time.monotonic()
        while True:
            time.sleep(0.01)
            now = self.display.picture()
            if not np.array_equal(now, before):
                before, since_s = now, time.monotonic()
            elif time.monotonic() - since_s > STEADY_S and not np.array_equal(now, self.shown):
                self.shown = now
                return now
            if time.monotonic() > give_up_s:
                raise TimeoutError("the screen shows nothing new")


@contextmanager
def theatre(size: str = "1280x720") -> Iterator[Theatre]:
    """Open a display with a player on it."""
    with tempfile.TemporaryDirectory() as folder, xvfb_display(size, "-fbdir", folder) as name:
        player = make_player(f"mpv?display={name}&vo=x11&audio=no")
        assert player is not None
        player.open()
        inbox = CollectingInbox()
        player.start(inbox)
        yield Theatre(player, inbox, Framebuffer(Path(folder)))
        player.close()


def pictures(
    theatre: Theatre, protocol: StudyProtocol, language: str
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Show each kind of step of `protocol` once; yield a name and what is seen of it."""
    media = {step.media: _stand_in(step) for step in protocol.steps if step.media is not None}
    stage = Stage(theatre.inbox.clock, 0.0, Forgetful(), theatre.player, language, media)
    seen: set[str] = set()
    for step in protocol.steps:
        new = tuple(scale for scale in step.scales if repr(scale) not in seen)
        about = repr((step.kind, step.text, step.content_warning, new))
        if about in seen or (step.scales and not new):
            continue
        seen |= {about, *map(repr, new)}
        theatre.player.blank()
        yield from _step_pictures(theatre, make_step_run(stage, step, 1, None), step, new)
    stage.hold(True)
    yield "paused", theatre.next_picture()
    stage.hold(False)


def _step_pictures(
    theatre: Theatre, run: StepRun, step: Step, new: tuple[Scale, ...]
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    if step.kind is StepKind.CLIP and not step.content_warning:
        return
    run.begin()
    if isinstance(run, AskingStep):
        for scale in step.scales:
            asked = theatre.next_picture()
            _press(theatre, run, str((scale.low + scale.high + 1) // 2))
            answered = theatre.next_picture()
            run.reach(theatre.inbox.clock.now_s() + 1)
            if scale in new:
                yield f"{step.name}-{scale.name}", asked
                yield f"{step.name}-{scale.name}-answered", answered
    else:
        picture = theatre.next_picture()
        while step.media is not None and not step.content_warning and not _has_drawing(picture):
            picture = theatre.next_picture()
        yield step.name, picture


def _has_drawing(picture: NDArray[np.uint8]) -> bool:
    return bool((picture[: len(picture) // 2] > 100).any())


def _press(theatre: Theatre, run: StepRun, key: str) -> None:
    read_s = theatre.inbox.clock.now_s() + UNREAD_S
    run.hear(PlayerEvent(read_s, PlayerMoment.KEY, key=key))


def _stand_in(step: Step) -> Path:
    """Return a film or drawing of ours; the study's films are under copyright."""
    assert step.media is not None
    if step.kind is not StepKind.CLIP:
        return paths.stimuli_dir() / step.media
    assert step.condition is not None
    return QUICK / f"{step.condition.emotion}.mp4"


def main() -> None:
    import cv2

    from femo_tui.store.library import load_protocol

    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--protocol", default="wile2018")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--language", default="en")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    protocol = load_protocol(asked.protocol, asked.out)
    with theatre(asked.size) as opened:
        for number, (name, picture) in enumerate(pictures(opened, protocol, asked.language), 1):
            cv2.imwrite(str(asked.out / f"{number:02d}-{name}.png"), picture)


if __name__ == "__main__":
    main()
