"""Make the README's pictures. Run: python -m tests.support.make_pictures

The console's are taken from the snapshots that tests/ui compares with the running program, so they
are what it shows now; the participant's screen is what mpv shows on a display of its own.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TESTS = Path(__file__).parents[1]
PICTURES = TESTS / "data" / "pictures"
SNAPSHOTS = TESTS / "ui" / "__snapshots__"
SCREENS = {
    "live": "test_screens_live/test_live_in_a_window[120x40].svg",
    "review": "test_screens_runs/test_one_run[80x24].svg",
    "training": "test_screens_train/test_finished[80x24].svg",
    "results": "test_screens_results/test_p_shown[120x40].svg",
    "tour": "test_tour/test_a_run_being_watched[80x24].svg",
}
PARTICIPANT = PICTURES / "participant.png"
PARTICIPANT_SIZE = "1280x720"
PARTICIPANT_PAGE = "rating-neutral-1-valence"  # of wile2018, in English


def screen(name: str) -> str:
    """Return a picture of the console as SVG, without what it would fetch from another site."""
    shown = (SNAPSHOTS / SCREENS[name]).read_text("utf-8")
    shown = re.sub(r"\s*@font-face \{.*?\}", "", shown, flags=re.DOTALL)
    return re.sub(r"terminal-\d+", "terminal", shown)


def participant() -> NDArray[np.uint8]:
    """Return the participant's screen while a question is asked."""
    from femo_tui.store.library import load_protocol
    from tests.support.screen_pictures import pictures, theatre

    with tempfile.TemporaryDirectory() as folder, theatre(PARTICIPANT_SIZE) as opened:
        protocol = load_protocol("wile2018", Path(folder))
        return dict(pictures(opened, protocol, "en"))[PARTICIPANT_PAGE]


def main() -> None:
    import cv2

    PICTURES.mkdir(exist_ok=True)
    for name in SCREENS:
        (PICTURES / f"{name}.svg").write_text(screen(name), "utf-8")
    grey = participant().max(axis=2)  # nothing on it has a colour
    cv2.imwrite(str(PARTICIPANT), grey, [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
