"""The operator's config file: where the store lies, who operates, which devices are usual."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from femo_tui import paths
from femo_tui.errors import UsageError


@dataclass(frozen=True, slots=True)
class Config:
    """What `config.toml` may set; everything has a default."""

    store: Path | None = None
    operator: str | None = None
    station: str | None = None
    gsr: str = "serial:auto"
    camera: str = "camera:0"
    player: str = "mpv"
    language: str = "en"


_KEYS = tuple(Config.__dataclass_fields__)


def load_config(path: Path | None = None) -> Config:
    """Read the config file; an absent one gives the defaults.

    Raises:
        UsageError: it is not TOML, or a key is unknown or no text.
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
    for key, value in given.items():
        if key not in _KEYS:
            raise UsageError(f"{file}: {key!r} is unknown; known are {', '.join(_KEYS)}")
        if not isinstance(value, str):
            raise UsageError(f"{file}: {key} must be text in quotes")
    store = given.pop("store", None)
    return Config(store=None if store is None else Path(store), **given)
