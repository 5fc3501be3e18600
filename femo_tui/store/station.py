"""Which of several stations a store belongs to: `station.json`, made when it joins a catalog.

A store whose catalog is its own file has none. The id names the store in a catalog that it shares;
what the station is called stands there.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.store.files import PRIVATE, Modes, explained, write_json

STATION_FILE = "station.json"


@dataclass(frozen=True, slots=True)
class Station:
    """One store among those of a catalog."""

    id: str  # st-3f9a2c81
    catalog: str  # where it is, for messages: without user and password


def read_station(root: Path) -> Station | None:
    """Return which station a store is, None where it never shared a catalog.

    Raises:
        MalformedRecord: the file cannot be read; nobody can tell then which runs are the store's.
    """
    path = root / STATION_FILE
    with explained(path):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
    try:
        return Station(**json.loads(content))
    except (ValueError, TypeError) as problem:
        raise MalformedRecord(
            f"{path}: cannot be read ({problem}); restore it from a backup"
        ) from None


def new_station(catalog: str) -> Station:
    return Station(f"st-{secrets.token_hex(4)}", catalog)


def write_station(root: Path, station: Station, modes: Modes = PRIVATE) -> None:
    write_json(root / STATION_FILE, asdict(station), modes)
