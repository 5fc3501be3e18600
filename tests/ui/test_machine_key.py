"""The machine is looked at from home, in a real terminal; then one is back where one was."""

from __future__ import annotations

from tests.support.femo import Femo
from tests.support.terminal import terminal


def test_the_machine_is_looked_at_and_home_comes_back(femo: Femo) -> None:
    config = femo.home / ".config/femo/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('gsr = "serial:/dev/ttyACM97"\ncamera = "none"\nplayer = "none"\n', "utf-8")
    femo.ok("study", "init", "--title", "Looked at")
    with terminal(femo.command(), femo.env, 120, 50) as console:
        console.wait_for("Looked at")
        console.press("m")
        said = console.wait_for("Press Enter to go back")
        assert "missing  gsr        port /dev/ttyACM97 is not there" in said
        assert f"{femo.store}" in said
        assert "before this is there: gsr." in said
        console.press("Enter")
        console.wait_for("Today")
        console.press("C-p")
        console.type("machine")
        console.wait_for("Machine: Check")
