"""Where femo finds and keeps things: the store, its own state, styles and stimuli."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

PACKAGE_DIR = Path(__file__).resolve().parent
CHECKOUT_DIR = PACKAGE_DIR.parent
CATALOG_VARIABLE, STATION_VARIABLE = "FEMO_CATALOG", "FEMO_STATION"
OWN_CATALOG = "store"


def _shipped(name: str) -> Path:
    """Return a folder shipped with femo: in the installed package, else in the checkout."""
    installed = PACKAGE_DIR / name
    return installed if installed.is_dir() else CHECKOUT_DIR / name


def styles_dir() -> Path:
    return _shipped("styles")


def stimuli_dir() -> Path:
    return _shipped("stimuli")


def checkout_sessions_dir() -> Path | None:
    """Return `sessions/` of the checkout that femo runs from, None from an installed wheel."""
    sessions = CHECKOUT_DIR / "sessions"
    in_checkout = (CHECKOUT_DIR / "pyproject.toml").is_file() and sessions.is_dir()
    return sessions if in_checkout else None


def config_file() -> Path:
    from platformdirs import user_config_path

    return user_config_path("femo", appauthor=False) / "config.toml"


def state_dir() -> Path:
    """Return femo's private state directory; it outlives a login session, unlike /run/user."""
    from platformdirs import user_state_path

    chosen = os.environ.get("FEMO_STATE_DIR")
    return Path(chosen) if chosen else user_state_path("femo", appauthor=False)


def store_root(option: Path | None, configured: Path | None) -> Path:
    """Choose the store: `--store`, FEMO_STORE, the config file, the checkout, the user's data."""
    from platformdirs import user_data_path

    if option is not None:
        return option.expanduser().absolute()
    if chosen := os.environ.get("FEMO_STORE"):
        return Path(chosen).expanduser().absolute()
    if configured is not None:
        return configured.expanduser().absolute()
    return checkout_sessions_dir() or user_data_path("femo", appauthor=False)


def catalog_url() -> str | None:
    """Return the server that catalogs are on, None where each store has its own file.

    Kept in the environment alone: every process that femo starts is given it, and no list of
    processes shows it.
    """
    chosen = os.environ.get(CATALOG_VARIABLE, "")
    return None if chosen in ("", OWN_CATALOG) else chosen


def choose_catalog(option: str | None, configured: str | None) -> None:
    """Choose the catalog for this process and those it starts: `--catalog`, FEMO_CATALOG, config.

    `store` stands for the file that lies in the store.
    """
    chosen = option or os.environ.get(CATALOG_VARIABLE) or configured
    if chosen:
        os.environ[CATALOG_VARIABLE] = chosen


def choose_station(configured: str | None) -> None:
    """Call this machine what the config file says, in this process and those it starts."""
    if configured:
        os.environ.setdefault(STATION_VARIABLE, configured)


def station_name() -> str:
    """Return what this machine is called where several share a catalog."""
    return os.environ.get(STATION_VARIABLE) or os.uname().nodename.partition(".")[0]


def store_hash(root: Path) -> str:
    """Name a store in few characters, for lock and socket names."""
    return hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:12]
