"""Every row of the README's command table is typed, each where it has its place."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.support.commands import MENTIONS, TABLE
from tests.support.face_folders import draw_faces
from tests.support.femo import Femo, wait_until

ROOT = Path(__file__).parents[1]
# What is typed where somebody or something answers: the file that does it, and what it types.
ELSEWHERE = {
    "femo": ("tests/test_first_time.py", "femo.command()"),
    "femo train --fine-tune EPOCHS": ("tests/training/test_fine_tune.py", '"--fine-tune", "2"'),
    "femo contact show --file /media/usb/names.age": ("tests/cli/test_contacts.py", '"show"'),
}
DEMO = "femo demo --headless"  # makes the store that others look at
PRACTICE = "rehearse"
BESIDE_A_RUN = "femo lsl --once"  # until it ends
IN_A_RUN = ("status", "mark", "pause", "resume", "skip", "stop")
AT_A_QUESTION = ("redo", "verdict", "rate")
OF_A_RUN = ("decide", "recover", "reassign")
ON_A_STUDY = ("sessions", "show", "report", "reindex", "results", "wilcoxon")
LEARNING = ("dataset", "frames", "train", "models", "evaluate", "classify")
SHARING = ("export", "keys", "verify", "import", "audit", "backup", "restore")
LATER = (
    PRACTICE,
    "lsl",
    *IN_A_RUN,
    *AT_A_QUESTION,
    "abort",
    *OF_A_RUN,
    *ON_A_STUDY,
    *LEARNING,
    *SHARING,
)
QUESTION = """
name = "asked"
title = "A window and a question"
languages = ["en"]

[[step]]
name = "baseline"
kind = "baseline"
duration_s = 0.5
window = { start_s = 0, duration_s = 0.5 }

[[step]]
name = "feeling"
kind = "rating"

[[step.scale]]
name = "valence"
look = "sam-valence"
text.en = "How pleasant did you feel?"
"""


def command(line: str) -> str:
    return shlex.split(line)[1] if " " in line else ""


BEFORE = [
    line
    for line in TABLE
    if line not in (DEMO, *ELSEWHERE) and command(line) not in ("record", *LATER)
]
RECORD = next(line for line in TABLE if command(line) == "record")


class Typist:
    """Types rows of the table, in a folder of its own and with files of its own."""

    def __init__(self, femo: Femo, folder: Path) -> None:
        self.femo, self.folder = femo, folder
        self.means = {"/media/usb": str(folder / "usb"), "~": str(femo.home)}

    def row(self, line: str, *more: str) -> str:
        for said, meant in self.means.items():
            line = line.replace(said, meant)
        return self.femo.ok(*shlex.split(line)[1:], *more)

    def rows(self, names: tuple[str, ...]) -> list[str]:
        """Type the rows of these commands, one command after the other; return what was printed."""
        lines = [line for name in names for line in TABLE if command(line) == name]
        assert {command(line) for line in lines} == set(names)
        return [self.row(line) for line in lines if line not in ELSEWHERE]

    def begin(self, line: str, *more: str) -> None:
        self.row(line, *more)
        wait_until(lambda: self.state != "idle", "a run")

    @property
    def state(self) -> str:
        return str(self.femo.json("status")["state"])

    def until(self, state: str) -> None:
        wait_until(lambda: self.state == state, state)


@pytest.fixture
def typist(femo: Femo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typist:
    monkeypatch.chdir(ROOT)
    return Typist(femo, tmp_path)


@pytest.fixture(scope="module")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Typist:
    home = tmp_path_factory.mktemp("new")
    return Typist(Femo(home, home / "store", {"TMPDIR": str(home)}), home)


def test_no_row_is_left_out() -> None:
    assert {
        *BEFORE,
        RECORD,
        DEMO,
        *ELSEWHERE,
        *(line for line in TABLE if command(line) in LATER),
    } == {*TABLE}
    for file, typed in ELSEWHERE.values():
        assert typed in (ROOT / file).read_text("utf-8")


def test_there_is_much_to_type_before_a_run() -> None:
    assert len(BEFORE) >= 15


@pytest.mark.parametrize("line", BEFORE)
def test_what_comes_before_a_run(
    new_store: Typist, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """One after the other on one store, from its beginning."""
    monkeypatch.chdir(ROOT)
    new_store.row(line)


def test_a_rehearsal_goes_wrong_as_asked(typist: Typist) -> None:
    (told,) = typist.rows((PRACTICE,))
    assert "SIMULATED run" in told


def test_a_run_is_steered(typist: Typist) -> None:
    typist.femo.ok("participant", "add", "S01", "--consent", "all")
    facts = next(m for m in MENTIONS if m.startswith("femo record --fact"))
    typist.begin(RECORD, *shlex.split(facts)[2:])
    assert BESIDE_A_RUN in TABLE
    with typist.femo.started(*shlex.split(BESIDE_A_RUN)[1:]) as offered:
        typist.rows(IN_A_RUN)
        typist.until("idle")
        assert offered.wait(timeout=30) == 0, offered.communicate()
    (run,) = typist.femo.json("sessions")
    assert run["status"] == "stopped"
    told = typist.femo.json("show", "S01")["environment"]
    assert told == {"room_c": 21.5, "electrode_metal": "nickel"}


def test_the_gate_and_a_question_are_answered(typist: Typist, tmp_path: Path) -> None:
    typist.femo.ok("participant", "add", "S01", "--consent", "all")
    (tmp_path / "asked.toml").write_text(QUESTION, "utf-8")
    typist.femo.ok(
        *("record", "--participant", "S01", "--protocol", str(tmp_path / "asked.toml")),
        *("--gsr", "sim:1", "--camera", "none", "--player", "none", "--detach"),
    )
    typist.until("awaiting_verdict")
    typist.rows(("redo",))
    wait_until(lambda: len(typist.femo.json("show", "S01")["windows"]) == 2, "the window again")
    typist.until("awaiting_verdict")
    typist.rows(("verdict",))
    wait_until(lambda: typist.femo.json("status")["step"] == "feeling", "the question")
    typist.rows(("rate",))
    typist.until("idle")
    shown = typist.femo.json("show", "S01")
    verdicts = [window["verdict"] for window in shown["windows"]]
    assert verdicts == ["redo", "accepted_with_reason"]


def test_a_run_is_broken_off_and_its_data_kept(typist: Typist) -> None:
    typist.femo.ok("participant", "add", "S01", "--consent", "all")
    typist.begin(RECORD)
    typist.rows(("abort",))
    typist.until("idle")
    typist.rows(("decide",))
    (run,) = typist.femo.json("sessions")
    assert (run["status"], run["data"]) == ("aborted", "keep")


def test_a_lost_run_is_closed_and_given_to_whose_it_is(typist: Typist) -> None:
    typist.femo.ok("participant", "add", "S01", "--consent", "all")
    typist.femo.ok("participant", "add", "S02")
    here = [word for word in shlex.split(RECORD)[1:] if word != "--detach"]
    with typist.femo.started(*here) as recorder:
        wait_until(lambda: typist.state == "running", "a run")
        recorder.kill()
    typist.rows(("recover",))
    typist.rows(("reassign",))
    (run,) = typist.femo.json("sessions")
    assert (run["status"], run["participant"]) == ("partial", "S02")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Typist:
    """A study that the demo's row has made, with one person instead of six."""
    home = tmp_path_factory.mktemp("study")
    made = Typist(Femo(home, home / "store"), home)
    made.row(DEMO, "--participants", "1", "--store", str(made.femo.store))
    return made


@pytest.fixture
def studied(study: Typist, monkeypatch: pytest.MonkeyPatch) -> Typist:
    monkeypatch.chdir(study.folder)
    for name in ("tests", "stimuli"):
        if not (study.folder / name).exists():
            (study.folder / name).symlink_to(ROOT / name)
    return study


@pytest.mark.parametrize("name", ON_A_STUDY)
def test_a_study_is_looked_at(studied: Typist, name: str) -> None:
    studied.rows((name,))


def test_faces_are_learnt(studied: Typist) -> None:
    folder = draw_faces(studied.folder / "faces", people=3, per_class=12)
    studied.means |= {"FOLDER": str(folder), "FACE.jpg": str(next(folder.rglob("*.jpg")))}
    *_, models, _, classified = studied.rows(LEARNING)
    assert "m-01" in models
    assert "SIMULATED" not in classified


def test_it_is_given_out_and_kept(studied: Typist) -> None:
    studied.rows(SHARING)
    again = Femo(studied.femo.home, studied.femo.home / "femo-again")
    assert again.json("sessions") == studied.femo.json("sessions")
