"""A small lab in a folder: a real store, its protocol, runs, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from femo_tui.model.clock import VirtualClock
from femo_tui.model.conditions import Condition, Elicitation
from femo_tui.model.given_out import Backup
from femo_tui.model.participants import Consent, Participant, Scope, Sex
from femo_tui.model.protocol import Scale, Step, StepKind, StudyProtocol, Window
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import RunData, RunState, RunStatus
from femo_tui.recorder.client import store_lock_path
from femo_tui.recorder.wire import WIRE_VERSION
from femo_tui.store.catalog import Catalog
from femo_tui.store.disposal import decide_data
from femo_tui.store.layout import SESSIONS
from femo_tui.store.lock import HeldLock
from tests.ui.scripted_run import ScriptedRun
from tests.ui.states import CRITERIA

NOON = datetime(2026, 11, 22, 10, 12, 0, tzinfo=UTC)
ALL = frozenset(Scope)


def _clip(name: str, emotion: str) -> Step:
    condition = Condition(emotion, Elicitation.SPONTANEOUS)
    return Step(name, StepKind.CLIP, 52.0, condition, Window(12.0, 30.0), f"{name}.mkv")


STRESS = Scale("stress", {"en": "How stressed were you?"}, 0, 8)
AROUSAL = Scale("arousal", {"en": "How awake were you?"}, 1, 9)
PROTOCOL = StudyProtocol(
    name="wile2018",
    title="Boredom, stress and happiness by film and by acting",
    sha256="ab" * 32,
    languages=("en",),
    steps=(
        Step("instruction", StepKind.INSTRUCTION, 10.0),
        Step("settle", StepKind.SETTLE, 60.0),
        Step("baseline", StepKind.BASELINE, 60.0, None, Window(0.0, 60.0)),
        _clip("neutral-1", "neutral"),
        _clip("stress", "stress"),
        Step("rate-stress", StepKind.RATING, 30.0, scales=(STRESS, AROUSAL)),
        _clip("neutral-2", "neutral"),
        _clip("boredom", "boredom"),
        Step("rate-boredom", StepKind.RATING, 30.0),
        _clip("neutral-3", "neutral"),
        _clip("happy", "happy"),
        Step("rate-happy", StepKind.RATING, 30.0),
        *(
            Step(
                f"acted-{emotion}",
                StepKind.ACTED,
                14.0,
                Condition(emotion, Elicitation.ACTED),
                Window(2.0, 10.0),
            )
            for emotion in ("neutral", "happy", "boredom", "stress")
        ),
        Step("debrief", StepKind.DEBRIEF, 20.0),
    ),
)


def person(
    code: str, *, age: int = 29, sex: Sex = Sex.F, scopes: frozenset[Scope] = ALL, notes: str = ""
) -> Participant:
    given = "2026-11-20T09:00:00Z"
    return Participant(code, age, sex, notes, Consent(scopes, "2", given), given)


@dataclass
class Lab:
    """A store whose study is under way."""

    root: Path
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(t_s=5000.0, utc=NOON))

    def register(self, *people: Participant) -> None:
        with Catalog.open(self.root, self.clock) as catalog:
            for one in people:
                catalog.add_participant(one, "ada")
            if catalog.last_backup_utc() is None:
                catalog.note_backup(Backup("2026-11-21T18:00:00Z", "ada", "/media/usb", "1", ()))

    def begin(self, code: str, began: datetime, *, simulated: bool = False) -> ScriptedRun:
        session = f"{began:%Y-%m-%dT%H%M%S}"
        run_dir = self.root / SESSIONS / code / session / "run-01"
        run_dir.mkdir(parents=True)
        return ScriptedRun(run_dir, PROTOCOL, code, session, began, simulated=simulated)

    def index(self, run_dir: Path) -> None:
        with Catalog.open(self.root, self.clock) as catalog:
            catalog.index_run(run_dir)

    @contextmanager
    def recording(self, run: ScriptedRun) -> Iterator[None]:
        """Hold the store as the recorder of `run` does."""
        with self._held(run.code, {"run_dir": str(run.run_dir)}):
            yield

    @contextmanager
    def arming(self) -> Iterator[None]:
        """Hold the store as a recorder does that still opens its devices."""
        with self._held("S12", {}):
            yield

    @contextmanager
    def _held(self, code: str, more: dict[str, JsonValue]) -> Iterator[None]:
        content: dict[str, JsonValue] = {
            "what": "S12",
            "participant": code,
            "protocol": PROTOCOL.name,
            "operator": "ada",
            "since_utc": "2026-11-22T10:05:00Z",
            "socket": str(self.root / "none.sock"),
            "wire_version": WIRE_VERSION,
        }
        with HeldLock.acquire(store_lock_path(self.root), {**content, **more}):
            yield


def running(lab: Lab, *, stop_after_s: float = 24.0, simulated: bool = False) -> ScriptedRun:
    """Return a run of S12 that is in the window of its fifth step."""
    run = lab.begin("S12", NOON - timedelta(minutes=7), simulated=simulated)
    run.steps(0, 4)
    run.step(PROTOCOL.steps[4], stop_after_s=stop_after_s)
    return run


def at_the_gate(
    lab: Lab, reason: str = "face_yield 0.6 (need 0.7)", criteria: dict[str, JsonValue] = CRITERIA
) -> ScriptedRun:
    """Return a run of S12 whose recorder awaits a verdict on the fifth step."""
    run = lab.begin("S12", NOON - timedelta(minutes=7))
    run.steps(0, 4)
    run.step(PROTOCOL.steps[4], verdict="")
    run.state(RunState.AWAITING_VERDICT, reason, criteria)
    return run


def finished(lab: Lab, code: str = "S10", *, face_jpeg: bytes = b"\xff\xd8") -> Path:
    """Return a sealed run of the first five steps with a note; it is in the catalog."""
    run = lab.begin(code, NOON - timedelta(hours=2))
    run.face_jpeg = face_jpeg
    run.steps(0, 5)
    run.mark("Anna coughs", 130.0)
    run.finish(RunStatus.COMPLETE, "the protocol is complete")
    lab.index(run.run_dir)
    return run.run_dir


def broken_off(lab: Lab) -> Path:
    """Return a run of S09 about whose data the participant was not asked yet."""
    run = lab.begin("S09", NOON)
    run.steps(0, 4)
    run.finish(RunStatus.ABORTED, "broken off by ada")
    with Catalog.open(lab.root, lab.clock) as catalog:
        catalog.index_run(run.run_dir)
        decide_data(catalog, run.run_dir, RunData.UNTIL_ASKED, "ada", "", lab.clock)
    return run.run_dir
