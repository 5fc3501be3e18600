"""What is said of a participant's screen that hangs or dies, and when."""

from __future__ import annotations

from femo_tui.model.records import DeviceEvent, PlayerEvent, PlayerMoment, Severity, Stream

SILENT_AFTER_S = 1.5
HUNG_AFTER_S = 3.0  # then it is ended, so that a new one can take its place
STALLED_AFTER_S = 0.5  # of a film that should advance
KEYS_AWAY, KEYS_BACK = "keys_away", "keys_back"


def silent(now_s: float) -> DeviceEvent:
    """Tell that mpv does not answer."""
    text = f"mpv has not answered for {SILENT_AFTER_S} s: the screen may stand still"
    return DeviceEvent(now_s, Stream.PLAYER, "player_silent", Severity.LOSS, text)


def answers(now_s: float) -> DeviceEvent:
    """Tell that it answers again."""
    text = "mpv answers again"
    return DeviceEvent(now_s, Stream.PLAYER, "player_answers", Severity.INFO, text)


def died(now_s: float, how: str) -> tuple[DeviceEvent, PlayerEvent]:
    """Tell that mpv is gone; `how` is how it ended, such as "was killed by SIGKILL"."""
    text = f"mpv is gone: it {how}"
    return (
        DeviceEvent(now_s, Stream.PLAYER, "player_died", Severity.LOSS, text),
        PlayerEvent(now_s, PlayerMoment.DIED, text=text),
    )


def stalled(now_s: float, text: str, media_s: float) -> tuple[DeviceEvent, PlayerEvent]:
    """Tell that a film that should advance does not; `media_s` is where it stands."""
    return (
        DeviceEvent(now_s, Stream.PLAYER, "film_stalled", Severity.WARNING, text),
        PlayerEvent(now_s, PlayerMoment.STALLED, media_s, text=text),
    )


def keys_are_away(now_s: float) -> DeviceEvent:
    """Tell that another window has the keyboard."""
    text = (
        "the participant's keys, Esc too, go to another window: click on the participant's screen,"
        " or close what opened there"
    )
    return DeviceEvent(now_s, Stream.PLAYER, KEYS_AWAY, Severity.WARNING, text)


def keys_are_back(now_s: float) -> DeviceEvent:
    """Tell that they arrive again."""
    text = "the participant's keys arrive again"
    return DeviceEvent(now_s, Stream.PLAYER, KEYS_BACK, Severity.INFO, text)
