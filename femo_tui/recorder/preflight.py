"""The pre-flight process: tries everything a run needs and says live how it stands.

Run as `python -m femo_tui.recorder.preflight REQUEST`; one check a line on standard output; ends,
and frees the devices, when its standard input closes.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from femo_tui.devices.base import Page
from femo_tui.devices.gsr_unit import UnitDoubt
from femo_tui.errors import FemoError
from femo_tui.model.clock import HostClock
from femo_tui.model.participants import Participant, Scope
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.records import (
    DeviceEvent,
    Frame,
    GsrSample,
    PlayerEvent,
    Stream,
)
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.recorder.assemble import load_plan, make_rig
from femo_tui.recorder.card_check import CardCheck
from femo_tui.recorder.device_faults import DeviceFaults
from femo_tui.recorder.device_locks import DeviceLocks, Purpose
from femo_tui.recorder.films_check import start_films_check
from femo_tui.recorder.gsr_check import calibration_words, look_at_gsr
from femo_tui.recorder.inbox import HostInbox
from femo_tui.recorder.logout import logout_fate
from femo_tui.recorder.preflight_client import Check, CheckState, Wish, picture_line
from femo_tui.recorder.request import RecordRequest
from femo_tui.recorder.rig import Rig
from femo_tui.recorder.room import check_room, estimated_bytes, free_bytes

REPORT_EVERY_S = 0.5
PICTURE_EVERY_S = 0.25  # as often as the camera makes one
LOOK_BACK_S = 3.0  # what a live rate or share is taken over
FACE_SHARE = 0.8  # below this the participant should be framed better
WELCOME = "femo\n\n1  2  3  4  5  6  7  8  9\n\nThe participant's screen"


class Preflight:
    """All checks of one request."""

    def __init__(self, request: RecordRequest, tell: Callable[[str], None]) -> None:
        self._request = request
        self._tell = tell
        self._picture_wanted = self._picture_open = False
        self._shown: Thumbnail | None = None
        self._card_wanted = False
        self._card: CardCheck | None = None
        self._clock = HostClock()
        self._inbox = HostInbox(self._clock)
        self._locks = DeviceLocks()
        self._rigs: dict[str, Rig] = {}  # one a device, each on its own
        self._samples: deque[GsrSample] = deque()
        self._frames: deque[Frame] = deque()
        self._faults = DeviceFaults()
        self._doubt = UnitDoubt()

    def run(self, ended: threading.Event) -> None:
        """Check everything once, then report live readings until `ended` is set."""
        participant = self._check_consent()
        protocol = self._check_protocol()
        self._check_login()
        if participant is None or protocol is None:
            return
        self._open_devices(participant, protocol)
        report_s = self._clock.now_s()
        while not ended.is_set():
            self._listen(self._clock.now_s() + PICTURE_EVERY_S)
            self._show_picture()
            self._show_card()
            if self._clock.now_s() >= report_s:
                report_s += REPORT_EVERY_S
                self._report()

    def wish(self, word: str) -> None:
        """Take what the operator wants, from another thread; words it does not know are nothing."""
        if word in (Wish.PICTURE, Wish.NO_PICTURE):
            self._picture_wanted = word == Wish.PICTURE
        elif word == Wish.TEST_CARD:
            self._card_wanted = True

    def _say(self, check: Check) -> None:
        self._tell(check.to_line())

    def _show_picture(self) -> None:
        """Send the newest picture of the camera while it is wanted; nothing of it is kept."""
        rig = self._rigs.get("camera")
        if rig is None or rig.camera is None:
            return
        if self._picture_wanted != self._picture_open:
            self._picture_open = self._picture_wanted
            rig.camera.set_thumbnail(self._picture_open)
        picture = rig.camera.thumbnail
        if picture is not None and picture is not self._shown:
            self._tell(picture_line(picture))
        self._shown = picture

    def _show_card(self) -> None:
        if self._card is None:
            return
        if self._card_wanted:
            self._card.begin(self._clock.now_s())
        self._card_wanted = False
        self._card.look(self._clock.now_s())

    def _check_consent(self) -> Participant | None:
        from femo_tui.store.catalog import Catalog

        try:
            with Catalog.open(self._request.store_root) as catalog:
                participant = catalog.participant(self._request.participant)
        except FemoError as problem:
            self._missing("consent", problem)
            return None
        given = [scope.value for scope in Scope if participant.allows(scope)]
        may_record = participant.allows(Scope.GSR) or participant.allows(Scope.FACE)
        until = (participant.consent.expires_utc or "")[:10]
        expired = f"expired on {until}" if participant.consent.lapsed else ""
        self._say(
            Check(
                "consent",
                CheckState.OK if may_record else CheckState.MISSING,
                f"{participant.code} · {', '.join(given) or expired or 'none'}",
                remedy="" if may_record else "consent to gsr or face is needed to record anything",
            )
        )
        return participant if may_record else None

    def _check_protocol(self) -> StudyProtocol | None:
        root = self._request.store_root
        try:
            protocol = load_plan(self._request)
        except FemoError as problem:
            self._missing("films", problem)
            return None
        start_films_check(self._request, protocol, self._say)
        try:
            check_room(protocol, root)
        except FemoError as problem:
            self._missing("disk", problem)
        else:
            self._say(
                Check(
                    "disk",
                    CheckState.OK,
                    f"{free_bytes(root) / 1e9:.0f} GB free,"
                    f" the run needs {max(estimated_bytes(protocol) / 1e9, 0.1):.1f} GB",
                )
            )
        return protocol

    def _check_login(self) -> None:
        fate = logout_fate()
        state = CheckState.OK if fate.survives else CheckState.WARNING
        self._say(Check("login", state, fate.text, remedy=fate.remedy))

    def _open_devices(self, participant: Participant, protocol: StudyProtocol) -> None:
        wanted = self._request
        scopes = {"gsr": Scope.GSR, "camera": Scope.FACE}
        uris = {"player": wanted.player, "gsr": wanted.gsr, "camera": wanted.camera}
        for name, uri in uris.items():
            if name in scopes and not participant.allows(scopes[name]):
                why = participant.refusal(scopes[name]).replace(f" to {scopes[name].value}", "")
                self._say(Check(name, CheckState.NOT_USED, f"{why}: it is not recorded"))
            elif uri == "none":
                self._say(Check(name, CheckState.NOT_USED, "not wanted"))
            else:
                self._open(name, uri, protocol)

    def _open(self, name: str, uri: str, protocol: StudyProtocol) -> None:
        """Open one device on its own, so that each is judged whatever the others do."""
        self._say(Check(name, CheckState.CHECKING, uri))
        alone = {other: uri if other == name else "none" for other in ("gsr", "camera", "player")}
        try:
            self._locks.take([uri], {"operator": self._request.operator, "purpose": Purpose.SETUP})
            root = self._request.store_root
            rig = make_rig(without_films(protocol), **alone, clock=self._clock, store_root=root)
            rig.open()
        except FemoError as problem:
            self._missing(name, problem)
            return
        rig.start(self._inbox)
        if name == "player":
            page = Page(text=WELCOME)
            rig.player.show(page)
            self._card = CardCheck(rig.player, page)
        self._rigs[name] = rig

    def _listen(self, until_s: float) -> None:
        while (item := self._inbox.take(until_s)) is not None:
            if isinstance(item, GsrSample):
                self._samples.append(item)
            elif isinstance(item, Frame):
                self._frames.append(item)
            elif isinstance(item, DeviceEvent):
                self._faults.hear(item, self._clock.now_s())
            if isinstance(item, GsrSample | DeviceEvent):
                self._doubt.hear(item)
            if self._card is not None and isinstance(item, PlayerEvent | DeviceEvent):
                self._card.hear(item)
        for kept in (self._samples, self._frames):
            while kept and kept[0].t_s < until_s - LOOK_BACK_S:
                kept.popleft()

    def _report(self) -> None:
        for name, rig in self._rigs.items():
            info = {"gsr": rig.gsr_info, "camera": rig.camera_info, "player": rig.player_info}[name]
            assert info is not None
            hurt, fault = self._faults.verdict(Stream(name), self._clock.now_s())
            state, reading, remedy, value_us, seen = CheckState.OK, "", "", None, ""
            if name == "gsr":
                state, reading, remedy, value_us = look_at_gsr(self._samples, info, self._doubt)
            elif name == "camera":
                state, reading = self._read_camera()
            elif self._card is not None:
                state, seen, remedy = self._card.verdict(info)
            if hurt is CheckState.MISSING or state is CheckState.OK:
                state = hurt
            text = f"{info.model} · SIMULATED" if info.simulated else info.model
            if name == "gsr":
                seen = calibration_words(info, self._clock.utc())
            if seen:
                text = f"{text} · {seen}"
            self._say(Check(name, state, text, reading, fault or remedy, value_us))

    def _read_camera(self) -> tuple[CheckState, str]:
        if not self._frames:
            return CheckState.CHECKING, "no frame yet"
        share = sum(frame.faces > 0 for frame in self._frames) / len(self._frames)
        return (
            CheckState.OK if share >= FACE_SHARE else CheckState.WARNING,
            f"face in {100 * share:.0f} % of frames",
        )

    def _missing(self, name: str, problem: FemoError) -> None:
        what, _, remedy = str(problem).partition(": ")
        self._say(Check(name, CheckState.MISSING, what, remedy=remedy))

    def close(self) -> None:
        """Free every device."""
        for rig in self._rigs.values():
            rig.close()
        self._locks.release()


def without_films(protocol: StudyProtocol) -> StudyProtocol:
    """Return the protocol with nothing to show: its devices can be tried without a player."""
    return replace(protocol, steps=(), keep_frames=False)


def main() -> None:
    """Run the pre-flight of the request on the command line."""
    request = RecordRequest.from_json(sys.argv[1])
    ended = threading.Event()

    one_at_a_time = threading.Lock()  # films are looked at in a thread of their own

    def tell(line: str) -> None:
        with one_at_a_time:
            print(line, flush=True)

    preflight = Preflight(request, tell)

    def hear() -> None:
        for line in sys.stdin:
            preflight.wish(line.strip())
        ended.set()

    threading.Thread(target=hear, daemon=True).start()
    try:
        preflight.run(ended)
        ended.wait()
    except BrokenPipeError:
        pass  # the console is gone, and with it the reason for all this
    finally:
        preflight.close()


if __name__ == "__main__":
    main()
