"""The operator's config file: where the store lies, who operates, which devices and keys."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from femo_tui import paths
from femo_tui.errors import UsageError

THEMES = ("dark", "light")


@dataclass(frozen=True, slots=True)
class Config:
    """What `config.toml` may set; everything has a default."""

    store: Path | None = None
    catalog: str | None = None  # a server's URL; none where the store has its own file
    operator: str | None = None
    station: str | None = None
    gsr: str = "serial:auto"
    camera: str = "camera:0"
    player: str = "mpv"
    language: str = "en"
    theme: str = "dark"
    # What a key does → the key: "run.mark" = "space". The console says which of them it knows.
    keys: Mapping[str, str] = field(default_factory=dict)
    # Whose signatures on bundles are believed: a name → the signer, as `femo keys show` prints it.
    trusted: Mapping[str, str] = field(default_factory=dict)


_KEYS = tuple(Config.__dataclass_fields__)


def load_config(path: Path | None = None) -> Config:
    """Read the config file; an absent one gives the defaults.

    Raises:
        UsageError: it is not TOML, or a key is unknown or not of its kind.
    """
    file = path or paths.config_file()
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"{file} cannot be read ({problem}): mend it or move it away") from None
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise UsageError(f"{file} is not TOML ({problem}): mend it or move it away") from None
    keys = given.pop("keys", {})
    if not isinstance(keys, dict):
        raise UsageError(f'{file}: [keys] is a table of lines such as "run.mark" = "space"')
    trusted = given.pop("trusted", {})
    if not isinstance(trusted, dict) or not all(isinstance(v, str) for v in trusted.values()):
        raise UsageError(f'{file}: [trusted] is a table of lines such as "lab-b" = "ed25519:…"')
    for key, value in given.items():
        if key not in _KEYS:
            raise UsageError(f"{file}: {key!r} is unknown; known are {', '.join(_KEYS)}")
        if not isinstance(value, str):
            raise UsageError(f"{file}: {key} must be text in quotes")
    if given.get("theme", THEMES[0]) not in THEMES:
        raise UsageError(f"{file}: theme {given['theme']!r} is unknown: use dark or light")
    store = given.pop("store", None)
    root = None if store is None else Path(store)
    return Config(store=root, keys=dict(_flat(keys, file)), trusted=trusted, **given)


def _flat(table: Mapping[str, object], file: Path, above: str = "") -> list[tuple[str, str]]:
    """Return the lines of a table; `run.mark` without quotes is a table in a table for TOML."""
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        full = f"{above}{name}"
        if isinstance(value, dict):
            found += _flat(value, file, f"{full}.")
        elif isinstance(value, str):
            found.append((full, value))
        else:
            raise UsageError(f"{file}: [keys]: {full} must be a key in quotes, such as 'space'")
    return found
