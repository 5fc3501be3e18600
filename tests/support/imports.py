"""What importing a room costs, seen in a process of its own."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("ai_edge_litert", "av", "cv2", "serial", "tensorflow", "keras", "scipy", "pandas")


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules in sys.modules after `code` ran in a fresh interpreter."""
    script = f"import sys\n{code}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=50, check=True
    )
    return set(done.stdout.split())
