"""The five-minute tour as a visitor takes it: the README's first command, then what captions say.

One terminal of 80×24 is led through by the keys that the captions name, and by no others. The
tests are its stages, in order.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.checkout import copy_checkout
from tests.support.femo import run_events
from tests.support.opened import check_bag, unpack
from tests.support.terminal import Terminal, terminal

pytestmark = pytest.mark.xdist_group("tour")  # one terminal, stage after stage
README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
FIRST = re.findall(r"```bash\n(.+?)\n```", README, re.DOTALL)[0]
KEYS = {"enter": "Enter", "space": "Space", "→": "Right", "^s": "C-s"}
STILL_S = 0.3  # a caption that stays for this long is one to act on


@dataclass
class Visit:
    """One visitor's terminal, the folder they installed femo in, and what they were told."""

    screen: Terminal
    folder: Path
    env: dict[str, str]
    done: list[tuple[str, str]] = field(default_factory=list)  # stage, keys

    def caption(self) -> tuple[str, str]:
        """Return stage and text of the caption once it has stayed for a moment."""
        before, since_s = "", time.monotonic()
        while time.monotonic() - since_s < STILL_S:
            shown = self.screen.screen()
            if shown != before and _caption(shown) != _caption(before):
                before, since_s = shown, time.monotonic()
            time.sleep(0.05)
        return _caption(before)

    def led(self, until: Callable[[str, str], bool], limit_s: float) -> None:
        """Press what each caption says, once, until one is reached that is not to be acted on."""
        deadline_s, acted_on = time.monotonic() + limit_s, set()
        while True:
            stage, text = now = self.caption()
            if until(stage, text):
                return
            assert time.monotonic() < deadline_s, self.screen.screen()
            if now not in acted_on and (keys := re.findall(r"▸ (\S+) ", text)):
                acted_on.add(now)
                self.done.append((stage, " ".join(keys)))
                for key in keys:
                    self.screen.press(KEYS.get(key, key))


def _caption(shown: str) -> tuple[str, str]:
    lines = shown.splitlines()
    if len(lines) < 24 or not (rule := re.match(r"──.* hides ──|── ╰", lines[19])):
        return "", ""
    stage = re.search(r"tour(?: (\d) of \d)?", rule.group())
    return (stage.group(1) or "end") if stage else "", "\n".join(lines[20:22])


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """The README's first command, word for word, in a copy of the checkout, without a network.

    What femo needs is taken from this environment instead of from a registry.
    """
    home = tmp_path_factory.mktemp("visitor")
    folder = copy_checkout(home / "femo")
    (home / "tmp").mkdir()
    env = {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": str(home / "tmp"),
        "FEMO_STATE_DIR": str(home / "state"),
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it as: no isolation
        "PIP_IGNORE_INSTALLED": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    needed = [f"{name}={value}" for name, value in env.items()]
    line = f"cd {shlex.quote(str(folder))} && {FIRST}"
    with terminal(["env", *needed, "bash", "-c", line], env, 80, 24) as screen:
        yield Visit(screen, folder, env)


@pytest.mark.goes_on  # the last of these captions is of a run
@pytest.mark.parametrize("said", ["SIMULATED study in", "S03  complete", "tour 1 of 6"])
def test_the_first_command_installs_femo_and_records_six_people(visit: Visit, said: str) -> None:
    visit.screen.wait_for(said, 55.0)
    assert (visit.folder / ".venv/bin/femo").exists()


@pytest.mark.goes_on
def test_a_run_is_watched(visit: Visit) -> None:
    assert "● REC SIMULATED S07 run-01" in visit.screen.screen()
    visit.led(lambda stage, text: bool(visit.done) and "accepted" in text, 20.0)
    assert visit.done == [("1", "space")]


@pytest.mark.timeout(90)  # the run takes 40 s by its protocol
def test_the_run_is_looked_through_and_a_model_is_trained(visit: Visit) -> None:
    visit.screen.wait_for("Over and sealed", 50.0)
    visit.done.clear()
    visit.led(lambda stage, text: "▸ 7" in text, 60.0)
    assert visit.done == [("1", "5"), ("2", "enter"), ("2", "6"), ("3", "enter")]
    assert "by participant" in visit.screen.screen()


def test_the_question_is_asked_and_a_bundle_given_out_and_verified(visit: Visit) -> None:
    visit.done.clear()
    visit.led(lambda stage, text: stage == "5", 30.0)
    visit.led(lambda stage, text: stage == "end", 30.0)
    assert [keys for _, keys in visit.done] == [
        *("7", "8"),
        *("e", "→ ^s", "enter", "enter"),
        *("v", "enter", "enter"),
    ]
    shown = visit.screen.screen()
    assert "femo study init" in shown
    assert "▸ q leave" in shown


def test_the_bundle_lies_where_it_was_said_and_others_find_it_whole(visit: Visit) -> None:
    visit.screen.press("q")
    said = visit.screen.wait_for("shows it again").replace("\n", "")
    (store,) = (visit.folder.parent / "tmp").glob("femo-demo-*")
    assert f"femo --store {store}" in said
    (run_dir,) = store.glob("sessions/S07/*/run-01")
    assert len(run_events(run_dir, "marker")) == 1  # the space bar, while it was watched
    bundle = store / "demonstration-no-faces.tar"
    done = subprocess.run(
        ["bash", "-c", '. .venv/bin/activate && femo verify "$1" --json', "-", str(bundle)],
        cwd=visit.folder,
        env=visit.env,
        capture_output=True,
        text=True,
        check=True,
    )
    verified = json.loads(done.stdout)
    assert verified["simulated"]
    bag = unpack(bundle, store / "opened")
    check_bag(bag)
    assert len([*bag.glob("data/sub-*/ses-01/beh/*_physio.tsv.gz")]) == 7
