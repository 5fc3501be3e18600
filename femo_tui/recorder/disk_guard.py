"""Watches the room on the disk while a run is recorded: warns, then has it left off in time."""

from __future__ import annotations

from femo_tui.errors import DiskFull
from femo_tui.model.events import DeviceNote
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.records import Severity, Stream
from femo_tui.recorder.room import estimated_bytes, free_bytes
from femo_tui.recorder.stage import Stage
from femo_tui.store.run_writer import RunWriter

LOOK_EVERY_S = 5.0
LAST_BYTES = 2 << 20  # a few seconds of frames; the reserve for closing is kept beside it


class DiskGuard:
    """`look_at_s` is the boot time of the next look."""

    def __init__(self, stage: Stage, writer: RunWriter, protocol: StudyProtocol) -> None:
        self._stage = stage
        self._writer = writer
        self._needed = estimated_bytes(protocol)
        self._warned = False
        self.look_at_s = stage.clock.now_s()

    def look(self) -> None:
        """Warn once when the rest of the run may not fit.

        Raises:
            DiskFull: there is no room for more; everything so far is whole.
        """
        now_s = self._stage.clock.now_s()
        self.look_at_s = now_s + LOOK_EVERY_S
        free = free_bytes(self._writer.run_dir)
        if free < LAST_BYTES:
            raise DiskFull(f"{self._writer.run_dir}: the disk is full; free some room on it")
        if free < self._needed - self._writer.bytes_written and not self._warned:
            self._warned = True
            text = f"{free / 1e6:.0f} MB are left on the disk; the run may not fit: free some room."
            self._stage.log.event(
                DeviceNote(
                    self._stage.run_s(now_s),
                    Stream.DISK,
                    "disk_low",
                    Severity.WARNING,
                    text,
                    {"free_bytes": free},
                )
            )
