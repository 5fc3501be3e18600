"""Another lab's program: writes what an LSL stream sends, one JSON line a sample, to its output.

Run: python tests/support/lsl_sink.py SOURCE_ID
Says `connected` first; ends with the stream.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import Any


class Sink:
    """Reads one stream in a process of its own."""

    def __init__(self, source_id: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, source_id],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.samples: list[Any] = []  # (stamp, values)
        self.connected = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line == "connected\n":
                self.connected.set()
            else:
                self.samples.append(json.loads(line))

    def to_its_end(self) -> list[Any]:
        """Return every sample once the stream is gone."""
        self.process.wait(30)
        self._reader.join(10)
        return self.samples

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def main(source_id: str) -> None:
    import pylsl

    pylsl.set_config_content("[log]\nlevel = -3\n")
    found: list[Any] = []
    while not found:
        found = pylsl.resolve_byprop("source_id", source_id, 1, 1.0)
    inlet = pylsl.StreamInlet(found[0], recover=False)
    inlet.open_stream(10)
    print("connected", flush=True)
    try:
        while True:
            samples, stamps = inlet.pull_chunk(0.5, 1024, min_samples=1)
            for values, stamp in zip(samples, stamps, strict=True):
                print(json.dumps([stamp, values]), flush=True)
    except pylsl.util.LostError:
        pass


if __name__ == "__main__":
    main(sys.argv[1])
