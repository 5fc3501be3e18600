"""The README is true of this femo: what it names is there, and what it tells to type is run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from femo_tui import __version__
from femo_tui.cli import COMMANDS
from femo_tui.cli import femo as group
from femo_tui.config import load_config
from femo_tui.devices.base import parse_uri
from femo_tui.devices.camera import CAMERA_OPTIONS
from femo_tui.devices.gsr import GSR_OPTIONS
from femo_tui.devices.player import OPTIONS as PLAYER_OPTIONS
from tests.support.commands import BLOCKS, MENTIONS, README, TABLE

ROOT = Path(__file__).parents[1]
MODULES = sorted({line for line in MENTIONS if line.startswith("python -m tests.")})
# Lines that are not femo's to run: what they do is another program's, or needs an administrator.
NOT_OURS = (
    "sudo apt install",
    "sudo usermod",
    "loginctl enable-linger",
    "export ",
    "eval ",  # tests/cli/test_completion.py
    "df -h",
    "du -sm",
    "ssh ",
    "tmux -u",
    'echo "@video - rtprio 1" | sudo tee',
    "chmod 600",
    "pip install 'femo[",
    "age -d -i",  # tests/bundle/test_sealed.py opens a bundle with age itself
    "sha256sum",  # tests/bundle run it on bundles and backups
)


def test_the_first_command_is_taken_and_ci_calls_the_second() -> None:
    assert len(BLOCKS) == 2  # the first, word for word: tests/test_tour.py
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
    assert not [words for words in quoted if re.sub(r"\d+(?= %)", "", words) not in said]


def test_the_newest_change_is_of_this_version() -> None:
    newest = re.search(r"## Changelog\n\n\*\*(.+?)\*\*", README)
    assert newest is not None
    assert newest[1] == __version__
    assert f"version {__version__}" in README.split("## How to cite")[1].split("##")[0]


def test_the_settings_shown_are_settings(tmp_path: Path) -> None:
    shown = README.split("`~/.config/femo/config.toml`")[1].split("```toml\n")[1].split("```")[0]
    (tmp_path / "config.toml").write_text(shown, "utf-8")
    config = load_config(tmp_path / "config.toml")
    assert config.operator == "maria"
    assert parse_uri(config.gsr, GSR_OPTIONS).options == {"unit": "adc"}
    assert parse_uri(config.camera, CAMERA_OPTIONS).path == "0"
    assert parse_uri(config.player, PLAYER_OPTIONS).options == {"display": ":0", "screen": "1"}


def leaf(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that words such as `participant add S01` lead to, and the words left."""
    found: click.Command = group
    while isinstance(found, click.Group) and words:
        inside = found.get_command(click.Context(found), words[0])
        if inside is None:
            break
        found, words = inside, words[1:]
    return found, words


def options(command: click.Command) -> set[str]:
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)}


@pytest.mark.parametrize("line", sorted({*TABLE, *(m for m in MENTIONS if m[:5] == "femo ")}))
def test_each_option_that_is_named_is_one_of_its_command(line: str) -> None:
    command, words = leaf(shlex.split(line)[1:])
    assert command is not group or not words or words[0].startswith("-"), line
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert given <= options(command) | {"--help"}, line


@pytest.mark.parametrize("line", TABLE)
def test_each_option_that_a_row_tells_of_is_one_of_its_command(line: str) -> None:
    (told,) = re.findall(rf"^\| `{re.escape(line)}` \|(.*)\|$", README, re.MULTILINE)
    command, _ = leaf(shlex.split(line)[1:])
    known = options(command) | options(group)
    parent, _ = leaf(shlex.split(line)[1:2])
    if isinstance(parent, click.Group) and parent is not group:  # a row may tell of others beside
        for name in parent.list_commands(click.Context(parent)):
            known |= options(leaf([shlex.split(line)[1], name])[0])
    words = " ".join(re.findall(r"`(?!pip )([^`]+)`", told)).split()
    assert {word for word in words if word.startswith("--")} <= known


def test_what_else_is_to_be_typed_is_known() -> None:
    """A line that is neither femo's, nor a module or a test of ours, is exempted by name."""
    programs = ("age", "df", "du", "echo", "eval", "loginctl", "pip", "pytest", "python", "ssh")
    typed = re.compile(rf"(\.venv/|({'|'.join(programs)}|chmod|export|sha256sum|sudo|tmux) )")
    ours = ("python -m tests.", "python -m build", "pytest tests/")  # tests/test_package.py builds
    lines = [m for m in MENTIONS if typed.match(m) and not m.startswith(ours)]
    assert [line for line in lines if not line.startswith(NOT_OURS)] == []


@pytest.fixture(scope="module")
def helps() -> Iterator[dict[str, subprocess.Popen[str]]]:
    """The help of each module that the README runs, all of them at once."""
    started = {
        line: subprocess.Popen(
            [sys.executable, *shlex.split(line)[1:3], "--help"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for line in MODULES
    }
    yield started
    for process in started.values():
        process.kill()
        process.communicate()


@pytest.mark.parametrize("line", MODULES)
def test_each_module_that_is_run_knows_the_options_given(
    helps: dict[str, subprocess.Popen[str]], line: str
) -> None:
    said = helps[line].communicate(timeout=50)[0]
    assert helps[line].returncode == 0, said
    for option in re.findall(r"--\S+", line):
        assert option in said


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    shown = CliRunner().invoke(group, [name, "--help"])
    assert shown.exit_code == 0
    lines = [line.strip() for line in shown.output.splitlines() if line.strip()]
    assert len(lines[1]) > 10, "the first line of help says what the command is for"


@pytest.mark.parametrize("path", re.findall(r"`((?:tests|femo_tui|stimuli)/[^`*… ]+)`", README))
def test_every_file_that_the_readme_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_link_leads_somewhere() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    }
    inside, files = [], []
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if target.startswith("#"):
            inside.append(target[1:])
        elif "://" not in target:
            files.append(target)
    assert set(inside) <= headings
    assert [path for path in files if not (ROOT / path).exists()] == []
