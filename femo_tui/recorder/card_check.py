"""The test card on request: in the pre-flight, where the player is open, or by itself."""

from __future__ import annotations

from femo_tui.devices.base import DeviceInfo, Page, Player
from femo_tui.devices.notifications import REMEDIES, Notifications
from femo_tui.devices.player_trouble import KEYS_AWAY, KEYS_BACK
from femo_tui.devices.sound import silence
from femo_tui.devices.test_card import CardResult, CardShow
from femo_tui.errors import UsageError
from femo_tui.model.clock import HostClock
from femo_tui.model.records import DeviceEvent, PlayerEvent
from femo_tui.recorder.device_locks import DeviceLocks, Purpose
from femo_tui.recorder.inbox import HostInbox
from femo_tui.recorder.preflight_client import CheckState

LOOK_EVERY_S = 0.1
TRY_SOUND = (
    "films may be mute; the test card tells whether they are, and `femo doctor` what mends it"
)


class CardCheck:
    """Shows the card when it is wished for, then `page` again; keeps what came of it."""

    def __init__(self, player: Player, page: Page) -> None:
        self._player = player
        self._page = page
        self._show: CardShow | None = None
        self._result: CardResult | None = None
        self._keys_away = ""  # what is said of keys that do not arrive
        self._key = ""  # the newest that did

    def verdict(self, info: DeviceInfo) -> tuple[CheckState, str, str]:
        """Return how the screen stands: state, what was seen of the card, remedy."""
        seen, remedies = "", [self._keys_away]
        if self._show is not None:
            seen = "showing the test card"
        elif self._result is not None:
            seen = self._result.text
            remedies.append(self._result.remedy)
        if self._result is None and info.facts.get("audio"):  # the card has tried it
            silent = silence(str(info.facts.get("sound_server") or ""))
            remedies.append(silent and f"{silent}: {TRY_SOUND}")
        if disturbing := info.facts.get("notifications"):
            remedies.append(REMEDIES.get(Notifications(str(disturbing)), ""))
        remedy = "; ".join(filter(None, remedies))
        seen = " · ".join(filter(None, (seen, self._key and f"key {self._key} arrived")))
        return CheckState.WARNING if remedy else CheckState.OK, seen, remedy

    def begin(self, now_s: float) -> None:
        """Show the card, unless it is being shown."""
        if self._show is None:
            self._result = None
            self._show = CardShow(self._player, now_s)

    def hear(self, record: PlayerEvent | DeviceEvent) -> None:
        if isinstance(record, DeviceEvent) and record.name in (KEYS_AWAY, KEYS_BACK):
            self._keys_away = record.text if record.name == KEYS_AWAY else ""
        elif isinstance(record, PlayerEvent) and record.key:
            self._key = record.key
        elif self._show is not None:
            self._show.hear(record)

    def look(self, now_s: float) -> None:
        """Put the page back once the card is over."""
        if self._show is not None and (result := self._show.result(now_s)) is not None:
            self._show, self._result = None, result
            self._player.show(self._page)


def show_card(uri: str, operator: str) -> CardResult:
    """Open a player, show the card on it, and close it again.

    Raises:
        UsageError: the URI names no player.
        DeviceError: it cannot be opened, or a recording holds it.
    """
    from femo_tui.devices.player import make_player

    player = make_player(uri)
    if player is None:
        raise UsageError("player none shows nothing: name one, such as mpv?display=:0")
    locks = DeviceLocks()
    inbox = HostInbox(HostClock())
    try:
        locks.take([uri], {"operator": operator, "purpose": Purpose.TEST_CARD})
        player.open()
        player.start(inbox)
        show = CardShow(player, inbox.clock.now_s())
        while (result := show.result(inbox.clock.now_s())) is None:
            item = inbox.take(inbox.clock.now_s() + LOOK_EVERY_S)
            if isinstance(item, PlayerEvent | DeviceEvent):
                show.hear(item)
        return result
    finally:
        player.close()
        locks.release()
