"""Home of a store with 1 000 sessions: reading the catalog, drawing it, and people beside it.

Run: python -m tests.bench.home [--sessions 1000] [--json]
The budget is from asking to painted, in a console that is running; beside it stand the same of an
empty store, and how long after the start of `femo` the home screen is there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from femo_tui.model.participants import Consent, Participant, Scope, next_code
from femo_tui.store.catalog import Catalog
from femo_tui.ui.app import FemoApp
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.screens.home import HomeScreen
from tests.bench.startup import paint_s
from tests.support.runs import GOLDEN

BUDGET_S = 0.3
ROUNDS = 7
FIRST = datetime(2024, 1, 8, 9, 0, tzinfo=UTC)


def make_store(root: Path, sessions: int) -> None:
    """Fill a store with sealed runs, one a session; every third participant came twice."""
    golden = (GOLDEN / "run.jsonl").read_text("utf-8")
    taken: set[str] = set()
    code = ""
    with Catalog.open(root) as catalog:
        for number in range(sessions):
            began = FIRST + timedelta(hours=number * 7)
            if number % 4 != 3:
                code = next_code(taken)
                taken.add(code)
                utc = f"{began:%Y-%m-%dT%H:%M:%SZ}"
                consent = Consent(frozenset(Scope), "1", utc)
                catalog.add_participant(Participant(code, 30, None, "", consent, utc), "bench")
            session = f"{began:%Y-%m-%dT%H%M%S}"
            run_dir = root / "sessions" / code / session / "run-01"
            run_dir.mkdir(parents=True)
            text = golden.replace('"S01"', f'"{code}"').replace("2026-11-22T101530", session)
            text = text.replace("2026-11-22T10:15", f"{began:%Y-%m-%dT%H:%M}")
            (run_dir / "run.jsonl").write_text(text, "utf-8")
            catalog.index_run(run_dir)


async def drawn_s(root: Path) -> tuple[float, float, float]:
    """Return the time to read the overview, from asking to painted home, and to painted people."""
    desk = Desk(root, "bench")
    began_s = time.perf_counter()
    desk.catalog.overview()
    read_s = time.perf_counter() - began_s
    app = FemoApp(Desk(root, "bench"))
    async with app.run_test(size=(120, 40)) as pilot:
        while app.overview is None:
            await pilot.pause(0.01)
        await pilot.pause()
        app.desk.catalog.seen = None  # read as if it was written to meanwhile
        app.overview = None
        home = app.screen
        assert isinstance(home, HomeScreen)
        home._shown = ()
        began_s = time.perf_counter()
        app.look()
        await read(app)
        await pilot.pause()
        home_s = time.perf_counter() - began_s
        began_s = time.perf_counter()
        await pilot.press("2")
        await pilot.pause()
        people_s = time.perf_counter() - began_s
    return read_s, home_s, people_s


async def read(app: FemoApp) -> None:
    """Wait until the console has its overview."""
    while app.overview is None:
        await asyncio.sleep(0.002)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FEMO_STATE_DIR"] = f"{folder}/state"
        stores = {
            "empty": (Path(folder) / "empty", 1),
            "full": (Path(folder) / "full", options.sessions),
        }
        figures: dict[str, float] = {"sessions": options.sessions, "home_budget_s": BUDGET_S}
        for name, (root, sessions) in stores.items():
            make_store(root, sessions)
            rounds = [asyncio.run(drawn_s(root)) for _ in range(ROUNDS)]
            read_s, home_s, people_s = (
                statistics.median(times) for times in zip(*rounds, strict=True)
            )
            femo = str(Path(sys.executable).with_name("femo"))
            env = {**os.environ, "HOME": folder, "FEMO_STORE": str(root), "TERM": "xterm-256color"}
            started = [paint_s([femo], env, b"registered") for _ in range(ROUNDS)]
            figures |= {
                f"{name}_read_s": round(read_s, 3),
                f"{name}_home_s": round(home_s, 3),
                f"{name}_people_s": round(people_s, 3),
                f"{name}_from_start_s": round(statistics.median(started), 3),
            }
    if options.json:
        print(json.dumps(figures))
        return
    print(f"{'':28}{options.sessions:>8,} sessions {'one session':>14}")
    for key, title in (
        ("read_s", "catalog read"),
        ("home_s", f"home asked to painted ≤ {BUDGET_S} s"),
        ("people_s", "people, key to painted"),
        ("from_start_s", "home, from `femo` on"),
    ):
        print(f"{title:28}{figures[f'full_{key}']:>15.3f} s {figures[f'empty_{key}']:>12.3f} s")


if __name__ == "__main__":
    main()
