"""All budgets of the design in one table: figure, budget, ratio to its baseline, machine, date.

Run: python -m tests.bench.run --weights FILE [--keep DIR] [--only NAME …] [--markdown | --json]
Takes about an hour, half of it the soak run, on a machine that does nothing else. Each bench runs
in a process of its own; with --keep its figures stay in a folder, and what lies there already is
not measured again. Without weights training is not measured, and its lines say so.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psutil

from tests.bench.budgets import BENCHES, BUDGETS, Bench, Budget, Figures

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 3600
BUSY_LOAD = 0.3  # of the last minute: more than that, and the figures are somebody else's too
HEADERS = ("what", "figure", "budget", "", "against", "command")


def machine() -> Figures:
    """Say what the figures were measured on."""
    return {
        "utc": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", platform.system()),
        "python": platform.python_version(),
        "femo": subprocess.run(
            [sys.executable, "-m", "femo_tui", "--version"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def measured(bench: Bench, weights: Path | None) -> Figures:
    """Run a bench; return its figures, or under `problem` why there are none."""
    if weights is None and "{weights}" in bench.words:
        return {"problem": "not measured: it needs --weights FILE"}
    words = [word.format(weights=weights) for word in bench.words]
    done = subprocess.run(
        [sys.executable, "-m", *words, "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        return {"problem": f"not measured: {last}"}
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def row(budget: Budget, figures: Figures) -> tuple[str, ...]:
    """Return one line of the table; what is missed says so."""
    limit = _with_unit(budget.at_most, budget.unit)
    if budget.of_baseline:
        limit = f"{_times(budget.at_most)} that"
    if problem := figures.get("problem"):
        return (budget.what, str(problem), limit, "", budget.beside, budget.bench.command)
    ratio = budget.ratio(figures)
    against = "" if ratio is None else f"{_times(ratio)} {budget.beside}"
    verdict = "ok" if budget.held(figures) else "MISSED"
    shown = _with_unit(budget.value(figures), budget.unit)
    return (budget.what, shown, limit, verdict, against, budget.bench.command)


def _times(ratio: float) -> str:
    return f"{ratio:.2g} ×" if ratio > 0.34 else f"1/{_digits(1 / ratio)} of"


def _digits(value: float) -> str:
    """Return three digits of a number, without an exponent."""
    return f"{float(f'{value:.3g}'):g}"


def _with_unit(value: float, unit: str) -> str:
    return f"{_digits(value)} {unit}".strip()


def text_table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    shown = [row[:-1] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    ]


def markdown_table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    ruled = [HEADERS, ("---",) * len(HEADERS), *((*row[:-1], f"`{row[-1]}`") for row in rows)]
    return [f"| {' | '.join(cells)} |" for cells in ruled]


def said_of(machine: Figures) -> str:
    """Return the machine and the day in one line; a busy one says so."""
    busy = " · BUSY before: load {load_before}" if float(machine["load_before"]) > BUSY_LOAD else ""
    return (
        "{utc} UTC · {processor}, {cores} cores, {memory_gib} GiB · {system} · Python {python}"
        f" · {{femo}}{busy}"
    ).format(**machine)


def kept(folder: Path | None, name: str, measure: Callable[[], Figures]) -> Figures:
    """Measure something, or take its figures from the folder where they were kept."""
    if folder is None:
        return measure()
    path = folder / f"{name}.json"
    if not path.exists():
        figures = measure()
        if "problem" in figures:
            return figures
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=1), "utf-8")
    found: Figures = json.loads(path.read_text("utf-8"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, help="MobileNet's weights, for training")
    parser.add_argument("--keep", type=Path, help="a folder for the figures of each bench")
    names = [bench.name for bench in BENCHES]
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true")
    form.add_argument("--json", action="store_true")
    options = parser.parse_args()
    on = kept(options.keep, "machine", machine)
    found = {
        bench.name: kept(options.keep, bench.name, partial(measured, bench, options.weights))
        for bench in BENCHES
        if bench.name in options.only
    }
    chosen = [budget for budget in BUDGETS if budget.bench.name in found]
    rows = [row(budget, found[budget.bench.name]) for budget in chosen]
    if options.json:
        lines = [dict(zip((*HEADERS[:3], "held", *HEADERS[4:]), r, strict=True)) for r in rows]
        print(json.dumps({"machine": on, "budgets": lines, "figures": found}))
        return
    table = markdown_table(rows) if options.markdown else text_table(rows)
    print(said_of(on), "", *table, sep="\n")


if __name__ == "__main__":
    main()
