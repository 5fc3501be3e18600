"""The console on a lab in a temporary folder, with everything that moves held still."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from femo_tui.model.participants import Scope, Sex
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import RunStatus
from femo_tui.model.study import Study
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.recorder.preflight_client import Check, PreflightClient, Wish
from femo_tui.recorder.request import RecordRequest
from femo_tui.store.study import write_study
from femo_tui.ui.app import FemoApp
from femo_tui.ui.desk import Desk
from femo_tui.ui.plans import PlannedRun
from femo_tui.ui.widgets import figures
from tests.support.pressed import watch_keys
from tests.ui.lab import NOON, PROTOCOL, Lab, person
from tests.ui.pictures import Pictures
from tests.ui.waits import LIMIT_S

watch_keys()


class StillDesk(Desk):
    """A desk whose disk, protocols and devices are the same everywhere."""

    checks: tuple[Check, ...] = ()
    missing: tuple[str, ...] = ()  # films
    picture_of_camera: Thumbnail | None = None
    told: Mapping[str, JsonValue] = {}  # facts of the room, earlier in the session
    free_bytes = 214_000_000_000
    preflights: list[StillPreflight]
    asked: list[RecordRequest]  # runs that were to be started

    def start(self, request: RecordRequest) -> Path:
        self.asked.append(request)
        return request.store_root

    def disk_free_bytes(self) -> int | None:
        return self.free_bytes

    def picture(self) -> Thumbnail | None:
        return self.picture_of_camera

    def protocols(self) -> tuple[StudyProtocol, ...]:
        return (PROTOCOL,)

    def protocol(self, name: str) -> StudyProtocol:
        return PROTOCOL

    def plan(self, protocol: str, participant: str) -> PlannedRun:
        order, stimuli = ("blocks as written",), Path("/lab/stimuli")
        return PlannedRun(participant, PROTOCOL, order, self.missing, stimuli, self.told)

    def preflight(self, request: RecordRequest) -> PreflightClient:
        self.preflights.append(StillPreflight(request, self.checks, self.picture_of_camera))
        return self.preflights[-1]


class StillPreflight(PreflightClient):
    """Says what it is told to, once, and shows its picture when it is wished for."""

    def __init__(
        self, request: RecordRequest, checks: tuple[Check, ...], picture: Thumbnail | None
    ) -> None:
        super().__init__(request)
        self._lines, self._picture = checks, picture
        self._wished = threading.Event()
        self.wishes: list[Wish] = []

    def said(self) -> Iterator[Check | Thumbnail]:
        yield from self._lines
        if self._picture is not None and self._wished.wait(LIMIT_S):
            yield self._picture

    def wish(self, wish: Wish) -> None:
        self.wishes.append(wish)
        if wish is Wish.PICTURE:
            self._wished.set()


@pytest.fixture
def pictures(snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> Pictures:
    monkeypatch.setattr(figures, "SLOW_READING_S", 60.0)  # a busy machine is none of the states
    return Pictures(snapshot)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A study under way: two complete runs, one lost, one participant waiting."""
    monkeypatch.setenv("FEMO_STATE_DIR", str(tmp_path / "state"))
    lab = Lab(tmp_path / "store")
    write_study(lab.root, Study(title="Film and face", planned_n=24, consent_form_version="2"))
    lab.register(
        person("S09", age=41, sex=Sex.M),
        person("S10", age=23, notes="wears glasses"),
        person("S11", age=35, sex=Sex.X, scopes=frozenset({Scope.GSR, Scope.KEEP})),
        person("S12", age=29),
    )
    return lab


@pytest.fixture
def busy_lab(lab: Lab) -> Lab:
    """The lab with runs in it."""
    lost = lab.begin("S09", NOON - timedelta(days=1, hours=1))
    lost.steps(0, 4)
    lost.step(PROTOCOL.steps[4], stop_after_s=21.0)
    lost.vanish()
    done = lab.begin("S10", NOON - timedelta(hours=2))
    done.steps(0, len(PROTOCOL.steps))
    done.finish(RunStatus.COMPLETE, "the protocol is complete")
    short = lab.begin("S11", NOON - timedelta(hours=1), simulated=True)
    short.steps(0, 6)
    short.finish(RunStatus.STOPPED, "stopped by ada")
    return lab


def console(lab: Lab, checks: tuple[Check, ...] = (), **of_desk: object) -> FemoApp:
    """Return the console of operator ada at lab-2, with its clock standing still.

    `of_desk` sets what else the desk says: missing, picture_of_camera, free_bytes.
    """
    desk = StillDesk(lab.root, "ada", station="lab-2", clock=lab.clock, zone=UTC)
    desk.checks = checks
    desk.asked, desk.preflights = [], []
    for name, value in of_desk.items():
        setattr(desk, name, value)
    return FemoApp(desk)
