"""Puts the commit into what is released. Hatch runs it; it is in the sdist, not in the wheel."""

from __future__ import annotations

import runpy
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CommitHook(BuildHookInterface[Any]):
    """Adds `femo_tui/commit.txt`; an sdist brings its own, for the wheel that is built from it."""

    _folder: tempfile.TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return  # a checkout tells what it has checked out
        known = runpy.run_path(str(Path(self.root) / "femo_tui/commit.py"))
        commit = known["commit_in"](Path(self.root))
        if commit:
            self._folder = tempfile.TemporaryDirectory(prefix="femo-build-")
            file = Path(self._folder.name) / known["COMMIT_FILE"]
            file.write_text(f"{commit}\n", "utf-8")
            build_data["force_include"][str(file)] = f"femo_tui/{file.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if self._folder is not None:
            self._folder.cleanup()
