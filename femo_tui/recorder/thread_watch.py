"""Names a reading thread that ends by a defect of ours: nothing is lost unseen.

What the threads expect of their devices they tell themselves; this is for what nobody expected.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from femo_tui.devices import player_trouble
from femo_tui.model.records import DeviceEvent, Severity, Stream
from femo_tui.recorder.inbox import EngineInbox
from femo_tui.recorder.log import log

_READS = {"femo-gsr": Stream.GSR, "camera-link": Stream.CAMERA, "femo-player": Stream.PLAYER}


@contextmanager
def threads_watched(inbox: EngineInbox) -> Iterator[None]:
    """Tell the engine of every thread that ends by a defect meanwhile; its traceback is logged.

    A player whose thread is gone counts as dead, so that it is opened again.
    """
    before = threading.excepthook

    def tell(failure: threading.ExceptHookArgs) -> None:
        name = "" if failure.thread is None else failure.thread.name
        cause = f"{failure.exc_type.__name__}: {failure.exc_value}"
        log.error("thread %s ended", name, exc_info=failure.exc_value)
        stream, now_s = _READS.get(name), inbox.clock.now_s()
        if stream is Stream.PLAYER:
            for record in player_trouble.died(now_s, f"is listened to no more ({cause})"):
                inbox.put(record)
        elif stream is not None:
            text = f"The {stream.value} is read no more, by a defect of femo ({cause}): stop here."
            inbox.put(DeviceEvent(now_s, stream, "reader_failed", Severity.LOSS, text))

    threading.excepthook = tell
    try:
        yield
    finally:
        threading.excepthook = before
