"""The machine is looked at from home, in a real terminal; then one is back where one was."""

from __future__ import annotations

from tests.support.femo import Femo
from tests.support.terminal import terminal


def test_the_machine_is_looked_at_from_its_top_and_home_comes_back(femo: Femo) -> None:
    config = femo.home / ".config/femo/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('gsr = "serial:/dev/ttyACM97"\ncamera = "none"\nplayer = "none"\n', "utf-8")
    femo.ok("study", "init", "--title", "Looked at")
    with terminal(femo.command(), femo.env, 80, 24) as console:
        console.wait_for("Looked at")
        console.press("m")
        console.wait_for("No session with a participant can be recorded here before this is")
        assert "Python" in console.wait_for("pgdn more")
        console.press("NPage")
        said = console.wait_for("missing  gsr")
        assert "missing  gsr        port /dev/ttyACM97 is not there" in said
        console.press("Escape")
        console.wait_for("Today")
        console.press("C-p")
        console.type("machine")
        console.wait_for("Machine: Check")
