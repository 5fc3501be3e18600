"""Every key of the console, place by place: for the help, the README, and whoever remaps them."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias, cast

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys

from femo_tui.errors import UsageError

if TYPE_CHECKING:
    from femo_tui.ui.app import FemoApp

EVERYWHERE = "everywhere"
# Each place of the console with the classes whose keys are offered there.
PLACES: dict[str, tuple[str, ...]] = {
    EVERYWHERE: ("app:FemoApp",),
    "Home": ("screens.home:HomeScreen", "screens.home:HomeList"),
    "Machine": ("screens.machine:MachineScreen",),
    "People": ("screens.people:PeopleScreen", "screens.people:PeopleTable"),
    "History": ("screens.history:HistoryScreen",),
    "Participant": ("screens.person:PersonForm",),
    "How much is taken back": ("screens.withdraw:HowMuch",),
    "Consent taken back": ("screens.withdraw:WithdrawScreen",),
    "Set up": (
        "screens.setup:SetupScreen",
        "screens.stage_person:PersonChoice",
        "screens.stage_protocol:ProtocolChoice",
    ),
    "Live": ("screens.steering:Steering", "screens.live:LiveScreen"),
    "A film again": ("screens.steer_dialogs:FilmAgain",),
    "A film announced": ("screens.steer_dialogs:FilmWanted",),
    "Abort": ("screens.steer_dialogs:BreakOff",),
    "Runs": ("screens.runs:RunsScreen", "screens.runs:RunsTable"),
    "One run": (
        "screens.run:RunScreen",
        "screens.reporting:Reporting",
        "widgets.windows:WindowsTable",
    ),
    "Whose run it is": ("screens.reassign:AskWhose",),
    "Faces": ("screens.faces:FacesScreen", "widgets.face_grid:FaceGrid"),
    "Pictures": ("widgets.tiles:Tiles",),
    "Events": ("screens.run_events:EventsScreen",),
    "Long work": ("screens.long_work:LongWork",),
    "Train": ("screens.train:TrainScreen", "widgets.findings_panel:Evaluations"),
    "Options of training": ("screens.train_settings:TrainSettings",),
    "Data set": ("screens.data_set:DataSetScreen",),
    "By eye": ("screens.by_eye:ByEyeScreen",),
    "Confusion": ("screens.confusion:ConfusionScreen",),
    "Mistakes": ("screens.mistakes:MistakesScreen",),
    "Models": ("screens.models:ModelsScreen", "screens.models:ModelsTable"),
    "One model": ("screens.models:ModelScreen",),
    "Two models": ("screens.compare:CompareScreen",),
    "Results": (
        "screens.results:ResultsScreen",
        "screens.reporting:Reporting",
        "widgets.comparisons:ComparisonChoice",
    ),
    "Results to a file": ("screens.export:ExportDialog",),
    "Share": (
        "screens.giving_out:GivingOut",
        "screens.bringing_in:BringingIn",
        "screens.keeping:Keeping",
        "screens.share:ShareTable",
    ),
    "A bundle to give out": ("screens.export_form:ExportForm", "widgets.pick:Pick"),
    "A bundle before it is written": ("screens.export_look:ExportLookScreen",),
    "A bundle's file": ("screens.bringing_in:AskBundle",),
    "Codes of a bundle": ("screens.bringing_in:CodesForm",),
    "A backup": ("screens.keeping:BackupForm",),
    "What came of it": ("screens.told:Told",),
    "Choice": ("screens.choose:Choose", "screens.choose:WayList"),
    "Data of a run": ("screens.decide:DataDialog",),
    "Lost run": ("screens.lost:LostRunDialog",),
    "Question": ("screens.dialogs:Confirm",),
    "Text": ("screens.dialogs:AskText",),
    "Rating": ("screens.dialogs:AskRating",),
    "Lists": ("widgets.row_list:RowList",),
    "Help": ("screens.help:HelpScreen",),
}
_PACKAGE = "femo_tui.ui"
_WORDS = {
    "question_mark": "?",
    "escape": "esc",
    "slash": "/",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "full_stop": ".",
    "comma": ",",
    "plus": "+",
    "minus": "-",
}
_NAMED = {key.value for key in Keys} | set(_WORDS)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One thing that keys do at a place."""

    id: str
    keys: tuple[str, ...]
    does: str


def key_word(key: str) -> str:
    """Return a key as the key line writes it."""
    if key.startswith("ctrl+"):
        return f"^{key_word(key.removeprefix('ctrl+'))}"
    return _WORDS.get(key, key)


KeyOf: TypeAlias = Callable[[str], str]  # what a key is called in the table → the key, in words


class KeysInUse:
    """Which keys do what in this console: as the config wants them, or as femo is shipped."""

    def __init__(self, keymap: Mapping[str, str]) -> None:
        """Read a keymap that `keymap_of` made."""
        self._keymap = keymap

    def __call__(self, what: str) -> str:
        """Return the first key of something, as the key line writes it."""
        return self.all_of(what)[0]

    def all_of(self, what: str) -> tuple[str, ...]:
        """Return every key of something, as the key line writes them."""
        wanted = self._keymap.get(what)
        keys = _shipped(what) if wanted is None else _listed(wanted)
        return tuple(key_word(_long(key)) for key in keys)


@lru_cache(None)
def _shipped(what: str) -> Sequence[str]:
    """Return the keys of something as femo is shipped; `what` has to be in the table.

    Most texts name keys of where they stand: nothing is imported for those.
    """
    for is_loaded in (True, False):
        for place, classes in PLACES.items():
            modules = {f"{_PACKAGE}.{name.partition(':')[0]}" for name in classes}
            if (modules <= sys.modules.keys()) is is_loaded:
                for row in rows_at(place):
                    if row.id == what:
                        return row.keys
    raise LookupError(f"no key is called {what!r}")


def keys_of(node: DOMNode) -> KeysInUse:
    """Return the keys in use in the console that a screen or a widget is of."""
    return cast("FemoApp", node.app).key_of


def bindings_at(place: str) -> Iterator[Binding]:
    """Yield the bindings of a place, one a key; those of Textual's own widgets have no id."""
    for name in PLACES[place]:
        module, _, cls = name.partition(":")
        declared = getattr(import_module(f"{_PACKAGE}.{module}"), cls).BINDINGS
        yield from Binding.make_bindings(declared)


def rows_at(place: str) -> list[KeyRow]:
    """Return what keys do at a place, in the order of the key line."""
    rows: dict[str, KeyRow] = {}
    for binding in bindings_at(place):
        if binding.id:
            before = rows.get(binding.id)
            keys = () if before is None else before.keys
            rows[binding.id] = KeyRow(binding.id, (*keys, binding.key), binding.tooltip)
    return list(rows.values())


def keymap_of(wanted: Mapping[str, str]) -> dict[str, str]:
    """Return a keymap for Textual from what the config wants (what → its keys).

    Raises:
        UsageError: it cannot be used as a whole; one sentence says why.
    """
    _check(wanted)
    keymap = dict(wanted)
    for place in PLACES:
        rows = rows_at(place)
        for row in rows:
            # Textual drops every binding of a key when one of them is given another key.
            shares = [o for o in rows if o.id != row.id and set(o.keys) & set(row.keys)]
            if any(other.id in wanted for other in shares):
                keymap.setdefault(row.id, ",".join(row.keys))
    return keymap


def _check(keymap: Mapping[str, str]) -> None:
    known = {row.id for place in PLACES for row in rows_at(place)}
    for what, keys in keymap.items():
        if what not in known:
            near = difflib.get_close_matches(what, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "the README's key table names them all"
            raise UsageError(f"[keys]: nothing is called {what!r}; {hint}")
        for key in _listed(keys):
            if not _can_be_pressed(key):
                raise UsageError(f"[keys]: {what} = {key!r} is no key, such as 'space' or 'ctrl+k'")
    for place in PLACES:
        _check_place(place, keymap)


def _check_place(place: str, keymap: Mapping[str, str]) -> None:
    """Refuse a key for two things at a place, unless they share a key as femo is shipped."""
    rows = rows_at(place)
    if place != EVERYWHERE:
        rows += rows_at(EVERYWHERE)
    shipped = {row.id: {_long(key) for key in row.keys} for row in rows}
    taken: dict[str, str] = {}
    for row in rows:
        keys = _listed(keymap[row.id]) if row.id in keymap else list(row.keys)
        for key in map(_long, keys):
            other = taken.setdefault(key, row.id)
            remapped = {row.id, other} & keymap.keys()
            if other != row.id and remapped and not shipped[row.id] & shipped[other]:
                raise UsageError(
                    f"[keys]: {key_word(key)} is used twice ({place}), by {other} and {row.id};"
                    " give one of them another key"
                )


def _listed(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",")] if keys.strip() != "," else [","]


def _long(key: str) -> str:
    return next((name for name, word in _WORDS.items() if word == key), key)


def _can_be_pressed(key: str) -> bool:
    bare = key.removeprefix("ctrl+").removeprefix("shift+").removeprefix("alt+")
    return len(bare) == 1 or bare in _NAMED or key in _NAMED
