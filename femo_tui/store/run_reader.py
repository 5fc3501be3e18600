"""A run folder seen live: each poll reads what was appended and returns a snapshot."""

from __future__ import annotations

from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.model.events import Marker, Rating, from_line
from femo_tui.model.run_state import RunData, RunState
from femo_tui.model.snapshot import FaceCounters, RunSnapshot
from femo_tui.store import rows
from femo_tui.store.correction import corrected
from femo_tui.store.decided import Decided, DecidedReader
from femo_tui.store.layout import FRAMES_FILE, GSR_FILE, LOCK, RUN_FILE
from femo_tui.store.lock import HeldLock
from femo_tui.store.run_model import RunModel
from femo_tui.store.seal import is_sealed
from femo_tui.store.streams import FrameColumns, GsrColumns
from femo_tui.store.tail import LineTail
from femo_tui.store.tombstone import has_tombstone, read_tombstone

_AT_ONCE = 1000  # rows held as objects before they join their columns: a long run is read lean
NOBODY_WRITES = "no recorder holds this run: resume it, record it anew, or close it as partial"


class RunReader:
    """Follows one run; what cannot be read is named in the snapshot's problems, never raised.

    Columns are shared with the snapshots: a poll appends to them and changes nothing before that.
    `poll` raises StoreError only where the system refuses to read at all. Without `keep_samples`
    the snapshots carry the columns that screens draw and no single sample: a run of hours at
    1 kHz then costs no more memory than one at 10 Hz. Without `with_frames` no frame is counted,
    which is most of the time that a run takes to read.
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        keep_samples: bool = True,
        with_frames: bool = True,
        bytes_at_once: int | None = None,
    ) -> None:
        """Follow `run_dir`; a poll reads `bytes_at_once` of the samples, more at the next one."""
        self.run_dir = run_dir
        self._keep_samples, self._bytes_at_once = keep_samples, bytes_at_once
        self._with_frames = with_frames
        self.image_bytes = 0  # of the saved images, sized when their row appears
        self.last_frame = -1
        self._events = LineTail(run_dir / RUN_FILE)
        self._gsr_rows = LineTail(run_dir / GSR_FILE)
        self._frame_rows = LineTail(run_dir / FRAMES_FILE)
        self._model = RunModel()
        self._gsr = GsrColumns(keep=keep_samples)
        self._frames = FrameColumns()
        self._with_face = self._with_eyes = self._saved = 0
        self._sharpness: float | None = None
        self._problems: list[str] = []
        self._decided = DecidedReader(run_dir)

    @property
    def torn(self) -> tuple[str, ...]:
        """Return one sentence for each file whose last line has no end yet."""
        tails = (self._events, self._gsr_rows, self._frame_rows)
        return tuple(sentence for tail in tails if (sentence := tail.torn))

    def poll(self) -> RunSnapshot:
        """Read what was added and return how the run stands."""
        # Asked before reading: a recorder writes run_stop before it lets go of the lock.
        held = self._model.stop is None and HeldLock.is_held(self.run_dir / LOCK)
        self._read_events()
        if any(window.needs_older(self._gsr) for window in self._model.windows):
            self._read_samples_again()
        self._read_samples()
        if self._with_frames:
            self._read_frames()
            for window in self._model.windows:
                window.count_frames(self._frames)
        return self._snapshot(held)

    def _snapshot(self, held: bool) -> RunSnapshot:
        model = self._model
        now_s = max([model.newest_s, *self._gsr.t_s[-1:], *self._frames.t_s[-1:]])
        decided = self._decided.read() if model.stop else Decided()
        data = self._data(decided)
        state, reason = self._state(held, data)
        windows = tuple(decided.applied(window.summary(now_s)) for window in model.windows)
        tails = (self._events, self._gsr_rows, self._frame_rows)
        counts = model.stop.counts if model.stop else {}
        return RunSnapshot(
            run_dir=self.run_dir,
            start=model.start and corrected(model.start, decided.lines),
            stop=model.stop,
            state=state,
            state_reason=reason,
            elapsed_s=now_s,
            steps=tuple(decided.step(step) for step in model.steps(windows)),
            current=model.current,
            windows=windows,
            gsr=self._gsr.trace(),
            gsr_rate_hz=self._gsr.rate_hz(now_s),
            gsr_lost=model.gsr_lost,
            gsr_rejected_lines=model.gsr_rejected_lines,
            faces=FaceCounters(
                frames=len(self._frames.t_s),
                with_face=self._with_face,
                with_eyes=self._with_eyes,
                dropped=model.frames_dropped,
                saved=self._saved,
                sharpness=self._sharpness,
                rate_hz=self._frames.rate_hz(now_s),
            ),
            markers=tuple[Marker, ...](model.markers),
            ratings=tuple[Rating, ...](model.ratings.values()),
            device_notes=tuple(decided.note(note) for note in model.device_notes),
            problems=(
                *self._problems,
                *([decided.problem] if decided.problem else ()),
                *(() if held else self.torn),
            ),
            bytes_on_disk=self.image_bytes + sum(tail.offset + tail.torn_bytes for tail in tails),
            sealed=is_sealed(self.run_dir),
            paused_s=model.paused_s(now_s),
            counts={k: v for k, v in counts.items() if isinstance(v, int | float | str)},
            gsr_us=self._gsr.newest_us,
            recent=self._gsr.recent(),
            whole=self._gsr.whole(),
            unread_bytes=self._gsr_rows.unread_bytes,
            data=data,
            asks=tuple(model.asks),
            controls=model.controls,
            criteria=model.criteria,
            amendments=decided.amendments,
            rejected_frames=decided.rejected,
            chosen=decided.chosen,
        )

    def _data(self, decided: Decided) -> RunData:
        """Return what was last decided about the run's data."""
        if has_tombstone(self.run_dir):
            return RunData.DISCARDED
        return decided.data or (self._model.stop.data if self._model.stop else RunData.KEEP)

    def _state(self, held: bool, data: RunData) -> tuple[RunState, str]:
        model = self._model
        if data is RunData.DISCARDED and has_tombstone(self.run_dir):
            return RunState.DONE, self._why_discarded()
        if model.stop is not None:
            return model.state, model.state_reason
        if not self._events.path.exists():  # the lock is made first, so this is no lost run
            return (RunState.ARMING if held else RunState.IDLE), ""
        if not held:
            return RunState.LOST, NOBODY_WRITES
        return model.state, model.state_reason

    def _why_discarded(self) -> str:
        try:
            tombstone = read_tombstone(self.run_dir)
        except MalformedRecord as problem:
            if str(problem) not in self._problems:
                self._problems.append(str(problem))
            return "discarded"
        why = tombstone.reason and f": {tombstone.reason}"
        return f"discarded by {tombstone.operator}{why}"

    def _read_events(self) -> None:
        for number, line in self._events.read():
            try:
                self._model.fold(from_line(line.decode(errors="replace")))
            except MalformedRecord as problem:
                self._report(self._events, number, str(problem).removeprefix(f"{RUN_FILE}: "))

    def _read_samples(self) -> None:
        begun = self._gsr_rows.offset
        self._count_samples()  # windows that are new or have ended
        for first, lines in self._gsr_rows.blocks():
            if first == 1:
                self._check_header(self._gsr_rows, lines.pop(0), rows.GSR_COLUMNS)
                first = 2
            if lines:
                self._gsr.add(*self._parsed(first, lines))
            self._count_samples()
            if self._bytes_at_once and self._gsr_rows.offset - begun >= self._bytes_at_once:
                return

    def _count_samples(self) -> None:
        for window in self._model.windows:
            window.count_samples(self._gsr)
        self._gsr.forget()

    def _parsed(
        self, first: int, lines: list[bytes]
    ) -> tuple[list[float], list[float], list[bool]]:
        at_once = rows.read_gsr_rows(lines)
        if at_once is not None:
            return at_once
        sound = []
        for number, line in enumerate(lines, start=first):
            try:
                rows.read_gsr_row(line)
            except MalformedRecord as problem:
                self._report(self._gsr_rows, number, str(problem))
            else:
                sound.append(line)
        return (rows.read_gsr_rows(sound) if sound else None) or ([], [], [])

    def _read_samples_again(self) -> None:
        """Begin with the samples anew: a window is known now whose samples are not held."""
        self._gsr = GsrColumns(keep=self._keep_samples)
        self._gsr_rows = LineTail(self._gsr_rows.path)
        self._problems = [p for p in self._problems if not p.startswith(GSR_FILE)]
        for window in self._model.windows:
            window.recount()

    def _read_frames(self) -> None:
        found: list[rows.SavedFrame] = []
        for number, line in self._frame_rows.read():
            if number == 1:
                self._check_header(self._frame_rows, line, rows.FRAME_COLUMNS)
                continue
            try:
                found.append(rows.read_frame_row(line))
            except MalformedRecord as problem:
                self._report(self._frame_rows, number, str(problem))
            if len(found) == _AT_ONCE:
                self._add_frames(found)
                found = []
        self._add_frames(found)

    def _add_frames(self, found: list[rows.SavedFrame]) -> None:
        self._frames.add(found)
        for row in found:
            self._count_frame(row)

    def _count_frame(self, row: rows.SavedFrame) -> None:
        self.last_frame = max(self.last_frame, row.frame)
        self._with_face += row.faces > 0
        self._with_eyes += row.eyes > 0
        self._saved += bool(row.face_file)
        if row.faces and row.sharpness is not None:
            self._sharpness = row.sharpness
        for name in (row.face_file, row.eyes_file):
            if name:
                try:
                    self.image_bytes += (self.run_dir / name).stat().st_size
                except FileNotFoundError:
                    pass  # removed by a withdrawal, or never there: verification tells which

    def _check_header(self, tail: LineTail, line: bytes, columns: tuple[str, ...]) -> None:
        if line + b"\n" != rows.header(columns):
            self._report(tail, 1, f"the header is not {','.join(columns)}")

    def _report(self, tail: LineTail, number: int, what: str) -> None:
        self._problems.append(f"{tail.path.name} line {number}: {what}, skipped")
