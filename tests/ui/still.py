"""The console at a desk whose disk, protocols and devices are the same everywhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC
from pathlib import Path

from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.records import JsonValue
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.recorder.preflight_client import Check, PreflightClient, Wish
from femo_tui.recorder.request import RecordRequest
from femo_tui.ui.app import FemoApp
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.blocking.plans import PlannedRun
from tests.ui.lab import PROTOCOL, Lab
from tests.ui.waits import LIMIT_S


class StillDesk(Desk):
    """Reads and writes the store; says the same of everything else."""

    checks: tuple[Check, ...] = ()
    missing: tuple[str, ...] = ()  # a sentence for each film that is not there
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
        return PlannedRun(participant, PROTOCOL, ("blocks as written",), self.missing, self.told)

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


def desk_of(app: FemoApp) -> StillDesk:
    assert isinstance(app.desk, StillDesk)
    return app.desk
