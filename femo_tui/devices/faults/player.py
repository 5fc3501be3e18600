"""A simulated participant's screen that dies or stands still, as mpv does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from femo_tui.devices import player_trouble
from femo_tui.devices.base import DeviceInfo, Inbox, Page, Player, Record
from femo_tui.devices.faults.tap import Tap
from femo_tui.model.conditions import Condition
from femo_tui.model.faults import Fault, FaultName, FaultPlan
from femo_tui.model.records import PlayerEvent, PlayerMoment

LOOK_EVERY_S = 0.05  # as often as mpv is looked at
KILLED = "was killed by SIGKILL"


class FaultyPlayer:
    """`player` until a fault holds; opened again it works again."""

    def __init__(self, player: Player, plan: FaultPlan) -> None:
        self._player = player
        self._kills = [f for f in plan.faults if f.name is FaultName.PLAYER_KILLED]
        self._plan = plan
        self._film: Path | None = None
        self._media_s = 0.0
        self._paused = False
        self._stall: Fault | None = None
        self._stands_since_s = 0.0
        self._said: set[str] = set()  # of this stall
        self._look_at_s = 0.0

    def open(self) -> DeviceInfo:
        return self._player.open()

    def start(self, inbox: Inbox) -> None:
        self._clock = inbox.clock
        self._look_at_s = inbox.clock.now_s()
        self._tap = Tap(inbox, self)
        self._player.start(self._tap)

    def show(self, page: Page) -> None:
        self._film = None
        self._player.show(page)

    def play(self, clip: Path) -> None:
        self._film, self._media_s, self._paused = clip, 0.0, False
        self._player.play(clip)
        if self._stall is not None:
            self._stand_still(self._clock.now_s())

    def set_paused(self, paused: bool, notice: str = "") -> None:
        self._paused = paused
        if self._stall is None:
            self._player.set_paused(paused, notice)

    def blank(self) -> None:
        self._film = None
        self._player.blank()

    def cue(self, condition: Condition | None) -> None:
        self._player.cue(condition)

    def close(self) -> None:
        self._film = None
        self._player.close()

    def next_due_s(self) -> float | None:
        source = self._tap.source
        due_s = None if source is None or self._stall is not None else source.next_due_s()
        return self._look_at_s if due_s is None else min(due_s, self._look_at_s)

    def produce(self) -> Sequence[Record]:
        """Look whether a fault begins or ends, and say what the player says otherwise."""
        now_s = self._clock.now_s()
        if now_s >= self._look_at_s:
            self._look_at_s = now_s + LOOK_EVERY_S
            if self._kills and now_s >= self._plan.origin_s + self._kills[0].at_s:
                self._kills.pop(0)
                self.blank()
                return player_trouble.died(now_s, KILLED)
            troubles = self._look_for_stall(now_s)
            if troubles:
                return troubles
        source = self._tap.source
        if self._stall is not None or source is None:
            return []
        due_s = source.next_due_s()
        if due_s is None or due_s > now_s:
            return []
        records = source.produce()
        self._follow(records)
        return records

    def _follow(self, records: Sequence[Record]) -> None:
        for record in records:
            if isinstance(record, PlayerEvent) and record.media_s is not None:
                self._media_s = record.media_s
                if record.moment is PlayerMoment.ENDED:
                    self._film = None

    def _look_for_stall(self, now_s: float) -> list[Record]:
        stall = self._plan.holding(FaultName.PLAYER_STALLED, now_s)
        if stall is not None and self._stall is None:
            self._stall = stall
            self._said.clear()
            self._stand_still(now_s)
        if self._stall is None:
            return []
        if stall is None:
            return self._go_on(now_s)
        return self._tell_stall(now_s)

    def _stand_still(self, now_s: float) -> None:
        self._stands_since_s = now_s
        self._player.set_paused(True)

    def _go_on(self, now_s: float) -> list[Record]:
        self._stall = None
        if not self._paused:
            self._player.set_paused(False)
        return [player_trouble.answers(now_s)] if "silent" in self._said else []

    def _tell_stall(self, now_s: float) -> list[Record]:
        stands_s = now_s - self._stands_since_s
        records: list[Record] = []
        advances = self._film is not None and not self._paused
        if advances and stands_s > player_trouble.STALLED_AFTER_S and "stalled" not in self._said:
            assert self._film is not None
            self._said.add("stalled")
            text = f"{self._film.name} stands still at {self._media_s:.1f} s"
            records += player_trouble.stalled(now_s, text, self._media_s)
        if stands_s > player_trouble.SILENT_AFTER_S and "silent" not in self._said:
            self._said.add("silent")
            records.append(player_trouble.silent(now_s))
        return records
