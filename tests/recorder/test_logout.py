"""What a logout does to a recorder, as logind tells: stood in for, since no test can log out."""

from __future__ import annotations

from pathlib import Path

import pytest

from femo_tui.recorder.logout import logout_fate, scope_prefix


@pytest.mark.parametrize(
    ("kills", "lingers", "scope", "survives", "prefix"),
    [
        ("b false", "no", True, True, ""),
        ("b true", "yes", True, True, "systemd-run"),
        ("b true", "yes", False, False, ""),  # the session's own scope is ended, linger or not
        ("b true", "no", True, False, "systemd-run"),
        ("b true", "no", False, False, ""),
    ],
)
def test_a_recorder_survives_where_nothing_ends_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kills: str,
    lingers: str,
    scope: bool,
    survives: bool,
    prefix: str,
) -> None:
    programs = {"busctl": kills, "loginctl": f"Linger={lingers}"} | (
        {"systemd-run": ""} if scope else {}
    )
    for name, says in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{says}'\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    fate = logout_fate()
    assert fate.survives is survives
    assert bool(fate.remedy) is not survives
    assert "".join(scope_prefix()[:1]) == prefix


def test_without_systemd_nothing_ends_a_recorder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert logout_fate().survives
    assert scope_prefix() == []
