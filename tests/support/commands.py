"""The command lines of the README: blocks, rows of the command table, and those inside its text."""

from __future__ import annotations

import re
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
BLOCKS: list[str] = re.findall(r"```bash\n(.+?)\n```", README, re.DOTALL)
TABLE: list[str] = re.findall(r"^\| `(femo[^`]*)` \|", README, re.MULTILINE)
_TEXT = re.sub(r"```.+?```", "", README, flags=re.DOTALL)
_TEXT = re.sub(r"^\| `femo.*$", "", _TEXT, flags=re.MULTILINE)
MENTIONS = [" ".join(one.split()) for one in re.findall(r"`([^`]+)`", _TEXT)]
