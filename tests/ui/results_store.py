"""A store of runs whose conductances are known, for the results."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.gsr_store import Changed, register, write_run, write_study_file

CODES = tuple(f"S{number:02d}" for number in range(1, 9))


def fill(root: Path, *codes: str, planned_n: int | None = 12, simulated: bool = False) -> None:
    """Write a study in which all are happier than neutral and one was not stressed."""
    (root / "study.toml").unlink(missing_ok=True)
    write_study_file(root, **({} if planned_n is None else {"planned_n": planned_n}))
    for number, code in enumerate(codes):
        levels = {
            "happy": 6 + number / 7,
            "stress": 5.2 - number / 30,
            "boredom": 4 + number / 3,
            "acted-happy": 5.5 - number / 9,
            "acted-stress": 5.1 + number / 11,
            "acted-boredom": 4.9 + (number % 3) / 5,
        }
        odd = {"stress": Changed(flag="not_worn")} if number == 3 else {}
        write_run(root, code, levels, changed=odd, simulated=simulated)
    register(root, *codes)


def looks(root: Path) -> list[dict[str, object]]:
    path = root / "looks.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
