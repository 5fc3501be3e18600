"""The single samples of windows, for the study's mode that takes each for an observation."""

from __future__ import annotations

from pathlib import Path

from femo_tui.stats.figures import RunFigures, WindowFigures
from femo_tui.stats.recording import samples_of
from femo_tui.store.run_reader import RunReader


class WindowRegisters:
    """Reads the valid samples of windows in µS, each run once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[str, dict[tuple[str, int], list[float]]] = {}

    def __call__(self, run: RunFigures, window: WindowFigures) -> list[float]:
        if run.run_dir not in self._read:
            samples = samples_of(RunReader(self._root / run.run_dir, with_frames=False).poll())
            self._read[run.run_dir] = {
                (w.step, w.attempt): samples.valid_between(w.onset_s, w.end_s).tolist()
                for w in run.windows
            }
        return self._read[run.run_dir][window.step, window.attempt]
