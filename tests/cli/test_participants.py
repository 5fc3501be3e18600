"""Participants on the command line: registered once, refused in one sentence."""

from __future__ import annotations

import pytest

from femo_tui.model.participants import SCOPE_WORDS, Scope
from tests.support.femo import Femo


def test_a_participant_is_registered_listed_and_shown(femo: Femo) -> None:
    femo.ok("participant", "add", "S01", "--age", "34", "--sex", "F", "--consent", "gsr,face,keep")
    listed = femo.json("participant", "list")
    assert [person["code"] for person in listed] == ["S01"]
    shown = femo.json("participant", "show", "S01")
    assert (shown["age"], shown["sex"], shown["consent"]) == (34, "F", ["face", "gsr", "keep"])
    assert shown["runs"] == []


def test_consent_can_be_changed(femo: Femo) -> None:
    femo.ok("participant", "add", "S01", "--consent", "all")
    femo.ok("participant", "edit", "S01", "--consent", "gsr", "--age", "40")
    shown = femo.json("participant", "show", "S01")
    assert (shown["consent"], shown["age"]) == (["gsr"], 40)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("add", "s 01"), "use a capital letter"),
        (("add", "../S01"), "use a capital letter"),
        (("add", "S01", "--age", "0"), "give whole years from 1 to 120"),
        (("add", "S01", "--consent", "gsr,soul"), "'soul' is unknown"),
        (("show", "S99"), "S99"),
        (("edit", "S99", "--age", "20"), "S99"),
    ],
)
def test_wrong_input_is_one_sentence_and_leaves_nothing(
    femo: Femo, args: tuple[str, ...], says: str
) -> None:
    done = femo.run("participant", *args)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert femo.json("participant", "list") == []


def test_a_code_is_given_once(femo: Femo) -> None:
    femo.ok("participant", "add", "S01", "--age", "34")
    again = femo.run("participant", "add", "S01", "--age", "50")
    assert again.returncode == 2
    assert "S01" in again.stderr
    assert femo.json("participant", "show", "S01")["age"] == 34


def test_the_form_and_the_help_say_of_each_scope_what_it_lets_femo_do(femo: Femo) -> None:
    told = femo.ok("participant", "add", "--help")
    # README, "Privacy": keep is whole frames, where the protocol asks for them
    assert "keep whole frames, if the protocol asks" in told
    assert "after the study" not in told
    for scope in Scope:
        assert f"  {scope.value:<11} {SCOPE_WORDS[scope]}" in told
    assert femo.ok("participant", "edit", "--help").count("whole frames") == 1
