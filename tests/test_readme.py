"""Every command of the README is run; every command of femo stands in it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from femo_tui import __version__
from femo_tui.cli import COMMANDS
from tests.support.femo import Femo, wait_until

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```bash\n(.+?)\n```", README, re.DOTALL)
TABLE = re.findall(r"^\| `(femo[^`]*)` \|", README, re.MULTILINE)
NEEDS_ITS_MOMENT = {"rate", "verdict"}  # in a run: tested where questions are asked
NEEDS_A_RUN = {"status", "mark", "pause", "resume", "redo", "skip", "stop", "abort"}
RECORD = next(line for line in TABLE if line.startswith("femo record"))


def test_ci_calls_the_test_command_that_the_readme_gives() -> None:
    assert len(BLOCKS) == 2
    assert BLOCKS[1] in (ROOT / ".ci/run").read_text("utf-8").splitlines()


def test_both_commands_set_femo_up_the_same_way() -> None:
    assert [block.split(" && ")[0] for block in BLOCKS] == ["python3 -m venv .venv"] * 2
    assert [block.split(" && ")[-1] for block in BLOCKS] == [
        ".venv/bin/femo demo",
        ".venv/bin/pytest",
    ]


def test_every_command_stands_in_the_table() -> None:
    named = {shlex.split(line)[1] for line in TABLE if line != "femo"}
    assert named == set(COMMANDS)


def test_the_table_runs_from_top_to_bottom(
    femo: Femo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands that need a run get one; what they print is another test's business."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where a rehearsal without --store is kept
    ran = []
    for line in TABLE:
        args = shlex.split(line)[1:]
        if not args or args[0] in ("demo", *NEEDS_A_RUN, *NEEDS_ITS_MOMENT):
            continue  # the console and the demo have tests of their own; a run comes below
        if args[0] == "record":
            break
        femo.ok(*args)
        ran.append(line)
    assert len(ran) >= 8
    femo.ok(*shlex.split(RECORD)[1:])
    for line in TABLE:
        args = shlex.split(line)[1:]
        if args and args[0] in NEEDS_A_RUN - {"stop", "abort"}:
            femo.ok(*args)
    femo.ok("stop")
    wait_until(lambda: femo.json("status")["state"] == "idle", "the run to end")
    femo.ok(*shlex.split(RECORD)[1:])
    femo.ok("abort")
    wait_until(lambda: femo.json("status")["state"] == "idle", "the run to end")
    for name in ("sessions", "show", "reindex", "results", "wilcoxon"):
        femo.ok(*next(shlex.split(line)[1:] for line in TABLE if line.startswith(f"femo {name}")))
    for line in TABLE:
        if line.startswith("femo report"):  # of a run, and of the study
            femo.ok(*shlex.split(line)[1:])
    statuses = [run["status"] for run in femo.json("sessions")]
    assert sorted(statuses) == ["aborted", "stopped"]


def test_the_words_of_the_troubles_are_those_of_the_program() -> None:
    """What one reads in the table is what femo says, but for numbers."""
    source = "".join(path.read_text("utf-8") for path in sorted((ROOT / "femo_tui").rglob("*.py")))
    said = re.sub(r'"\s+f?"', "", source)  # a sentence over several lines of code
    said = re.sub(r"\{[^{}]*\}", "", said).replace("_", " ")
    rows = README.split("| what one reads | why | what helps |\n|---|---|---|\n")[1].split("\n\n")[
        0
    ]
    quoted = [cell for row in rows.splitlines() for cell in re.findall("^\\| `([^`]+)`", row)]
    assert len(quoted) > 12
    assert not [words for words in quoted if re.sub(r"\d+ %", "", words) not in said]


def test_the_newest_change_is_of_this_version() -> None:
    newest = re.search(r"## Changelog\n\n\*\*(.+?)\*\*", README)
    assert newest is not None
    assert newest[1] == __version__
    assert f"version {__version__}" in README.split("## How to cite")[1].split("##")[0]


def test_recover_is_refused_where_nothing_is_lost(femo: Femo) -> None:
    done = femo.run("recover", "S01")
    assert done.returncode == 2
    assert "S01" in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(femo: Femo, name: str) -> None:
    from click.testing import CliRunner

    from femo_tui.cli import femo as group

    shown = CliRunner().invoke(group, [name, "--help"])
    assert shown.exit_code == 0
    lines = [line.strip() for line in shown.output.splitlines() if line.strip()]
    assert len(lines[1]) > 10, "the first line of help says what the command is for"


@pytest.mark.parametrize("path", re.findall(r"`((?:tests|femo_tui|stimuli)/[^`*… ]+)`", README))
def test_every_file_that_the_readme_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()
