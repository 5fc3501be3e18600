"""What is found of one thing of the machine, and what everything is looked at for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from femo_tui import paths
from femo_tui.config import Config
from femo_tui.errors import FemoError
from femo_tui.model.events import Facts
from femo_tui.model.records import JsonValue


class Standing(StrEnum):
    """How one thing stands; the word is said beside every colour."""

    OK = "ok"
    LOOK = "look"  # somebody should look at it; a session can be recorded all the same
    MISSING = "missing"  # no session with a participant can be recorded like this


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what it is, how it stands, what was found, what mends it."""

    name: str
    standing: Standing
    found: str
    remedy: str = ""  # a command wherever one does it
    facts: Facts = field(default_factory=dict)

    def to_json(self) -> Facts:
        return {
            "name": self.name,
            "standing": self.standing.value,
            "found": self.found,
            "remedy": self.remedy,
            "facts": self.facts,
        }


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at: a store, and the devices that the config file names."""

    root: Path
    config: Config
    recording: bool = False  # on this store, or with a device of this machine


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at, within a time limit; all are looked at at once."""

    name: str
    look: Callable[[Subject], Finding]
    limit_s: float = 3.0
    unanswered: Standing = Standing.LOOK  # how it stands where the limit has passed


def ok(name: str, found: str, **facts: JsonValue) -> Finding:
    return Finding(name, Standing.OK, found, "", facts)


def look(name: str, found: str, remedy: str, **facts: JsonValue) -> Finding:
    return Finding(name, Standing.LOOK, found, remedy, facts)


def missing(name: str, found: str, remedy: str, **facts: JsonValue) -> Finding:
    return Finding(name, Standing.MISSING, found, remedy, facts)


def refused(name: str, problem: FemoError) -> Finding:
    """Return what an error says, which names the thing first and then what to do."""
    what, _, remedy = str(problem).partition(": ")
    return missing(name, what, remedy)


def config_line(key: str, value: str) -> str:
    """Return the line of the config file that chooses a device, and where it goes."""
    return f'{key} = "{value}"   # in {paths.config_file()}'
