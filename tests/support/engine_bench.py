"""An engine at virtual time on a new run folder; devices and operators follow a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from femo_tui.devices.base import Record
from femo_tui.model.clock import VirtualClock
from femo_tui.model.conditions import Condition, Elicitation
from femo_tui.model.events import RunStop
from femo_tui.model.protocol import Clip, Scale, Step, StepKind, StudyProtocol, Window
from femo_tui.model.run_state import CommandName
from femo_tui.recorder.counts import RunCounts
from femo_tui.recorder.engine import RunEngine
from femo_tui.recorder.exposures import Exposures
from femo_tui.recorder.inbox import Asked, VirtualInbox
from femo_tui.recorder.opening import OpenRun
from femo_tui.recorder.rig import Rig
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.wire import Command, Reply
from femo_tui.store.films_shown import Showing
from femo_tui.store.run_writer import RunWriter
from tests.support.femo import run_events
from tests.support.runs import run_start
from tests.support.scripted import ScriptedCamera, ScriptedScreen, ScriptedSensor

STRESS = Condition("stress", Elicitation.SPONTANEOUS)
HAPPY = Condition("happy", Elicitation.ACTED)
PROTOCOL = StudyProtocol(
    name="test",
    title="Test",
    sha256="0" * 64,
    languages=("en",),
    steps=(
        Step("settle", StepKind.SETTLE, 1.0),
        Step(
            "stress",
            StepKind.CLIP,
            4.0,
            STRESS,
            Window(1.0, 2.0),
            media="stress.mp4",
            alternates=(Clip("other.mp4", 4.0, Window(1.5, 2.0)),),
        ),
        Step(
            "felt",
            StepKind.RATING,
            2.0,
            scales=(Scale("stress", {"en": "How stressed?"}, 0, 8),),
        ),
        Step("happy", StepKind.ACTED, 3.0, HAPPY, Window(0.5, 2.0), text={"en": "Smile"}),
    ),
)


@dataclass
class Script:
    """Does things at given boot times, as devices and operators do; a paced source."""

    todo: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def next_due_s(self) -> float | None:
        return self.todo[0][0] if self.todo else None

    def produce(self) -> list[Record]:
        self.todo.pop(0)[1]()
        return []


@dataclass
class Bench:
    """An engine on a new run folder, with all of its parts at hand."""

    run_dir: Path
    auto: bool = True
    protocol: StudyProtocol = PROTOCOL
    screen: ScriptedScreen = field(default_factory=ScriptedScreen)
    sensor: ScriptedSensor = field(default_factory=ScriptedSensor)
    camera: ScriptedCamera = field(default_factory=ScriptedCamera)
    shown_before: list[Showing] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    todo: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = VirtualClock(t_s=1000.0)
        self.inbox = VirtualInbox(self.clock)

    def ask(self, at_s: float, command: CommandName, **args: str | int) -> None:
        """Send a command at run time `at_s`."""
        asked = Asked(Command(1, command, "ada", dict(args), 1000.0 + at_s), self.replies.append)
        self.todo.append((1000.0 + at_s, lambda: self.inbox.put(asked)))

    def at(self, at_s: float, what: Callable[[], None]) -> None:
        self.todo.append((1000.0 + at_s, what))

    def run(self) -> RunStop:
        writer = RunWriter(self.run_dir, 1000.0)
        rig = Rig(self.sensor, self.camera, self.screen)
        rig.open()
        films = [clip.media for step in self.protocol.steps for clip in step.clips]
        stage = Stage(
            self.clock,
            1000.0,
            writer,
            self.screen,
            "en",
            {film: Path(film) for film in films},
            exposures=Exposures(self.run_dir, self.protocol.steps, self.shown_before),
        )
        engine = RunEngine(
            self.protocol,
            rig,
            self.inbox,
            stage,
            OpenRun(self.run_dir, writer, run_start(), 1000.0, RunCounts()),
            auto=self.auto,
        )
        self.inbox.attach(Script(sorted(self.todo, key=lambda entry: entry[0])))
        rig.start(self.inbox)
        stop = engine.run()
        writer.close()
        return stop

    def events(self, name: str) -> list[dict[str, Any]]:
        return run_events(self.run_dir, name)

    def rows(self, file: str) -> list[dict[str, str]]:
        header, *lines = (self.run_dir / file).read_text("utf-8").splitlines()
        names = header.split(",")
        return [dict(zip(names, line.split(","), strict=True)) for line in lines]
