"""Make the README's picture of Live from the running console on the tests' lab.

Run: python -m tests.support.make_pictures. The same code gives the same bytes.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from datetime import UTC, timedelta
from pathlib import Path

from femo_tui.model.study import Study
from femo_tui.store.study import write_study
from femo_tui.ui.app import FemoApp
from tests.ui.conftest import StillDesk
from tests.ui.lab import NOON, PROTOCOL, Lab, person
from tests.ui.waits import until

PICTURE = Path(__file__).parents[1] / "data" / "pictures" / "live.svg"


async def live(root: Path) -> str:
    """Return Live at 120x40 in the window of a film, as SVG."""
    lab = Lab(root)
    write_study(root, Study(title="Film and face", planned_n=24, consent_form_version="2"))
    lab.register(person("S12"))
    run = lab.begin("S12", NOON - timedelta(minutes=7))
    run.steps(0, 4)
    run.step(PROTOCOL.steps[4], stop_after_s=24.0)
    app = FemoApp(StillDesk(root, "ada", station="lab-2", clock=lab.clock, zone=UTC))
    with lab.recording(run):
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: app.current_mode == "live" and app.screen.has_class("-run"))
            await until(pilot, lambda: {w.group for w in app.workers} <= {"follow", "default"})
            picture = app.export_screenshot(title="femo", simplify=True)
    run.close()
    picture = re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL)  # of another site
    return re.sub(r"terminal-\d+", "terminal", picture)  # Rich's names tell one picture apart


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FEMO_STATE_DIR"] = f"{folder}/state"
        picture = asyncio.run(live(Path(folder) / "store"))
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture, "utf-8")


if __name__ == "__main__":
    main()
