"""Keeps a store open to the group that its study names, and to nobody else where it names none."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from femo_tui.errors import ProtocolError, StoreError, UsageError
from femo_tui.store.files import PRIVATE, SHARED, STUDY_FILE, explained, lets_group_in
from femo_tui.store.study import load_study

_KEY = b"shared_group"


def keep_sharing(root: Path) -> None:
    """Have a store be its group's, or its owner's alone, as `shared_group` of its study says.

    Every command begins with this; where nothing changed it reads one small file.

    Raises:
        UsageError: this machine has no such group.
        StoreError: the store is somebody else's alone, or its owner has to open it first.
    """
    with explained(root):
        if not root.is_dir():
            return
        if not os.access(root, os.R_OK | os.X_OK):
            raise StoreError(_whose(root))
        file = root / STUDY_FILE
        is_named = file.exists() and _KEY in file.read_bytes()
        if not is_named and not (file.exists() and lets_group_in(root)):
            return
    try:
        group = load_study(root).shared_group
    except ProtocolError:
        return  # whoever needs the study says what is wrong with it; until then nothing changes
    with explained(root):
        if not group:
            if lets_group_in(root):
                _close(root)
        else:
            gid = _gid(group)
            if not lets_group_in(root) or root.stat().st_gid != gid:
                _open(root, group, gid)


def _open(root: Path, group: str, gid: int) -> None:
    """Give a whole store to a group; the root last, so that what was cut short is done again."""
    if os.geteuid() not in (0, root.stat().st_uid):
        raise StoreError(
            f"{root}: to be shared with the group {group}, it has to be opened once by"
            f" {_user(root.stat().st_uid)}, whose it is: have them run `femo study show`"
        )
    if os.geteuid() != 0 and gid not in {os.getegid(), *os.getgroups()}:
        raise StoreError(
            f"{root}: you are not in the group {group} that its study names: `sudo usermod -aG"
            f" {group} $USER`, log in again"
        )
    for path, mode in _modes(root, SHARED.folder, SHARED.file, SHARED.sealed):
        os.chown(path, -1, gid)
        path.chmod(mode)  # after chown, which takes setgid away


def _close(root: Path) -> None:
    """Take a store back from its group: the root first, since nothing below is reached then."""
    owner = root.stat().st_uid
    if os.geteuid() not in (0, owner):
        raise StoreError(
            f"{root}: open to a group, though its study names none; have {_user(owner)}, whose it"
            " is, run `femo study show`, or name the group as shared_group in study.toml"
        )
    root.chmod(PRIVATE.folder)
    for path, mode in _modes(root, PRIVATE.folder, PRIVATE.file, PRIVATE.sealed):
        if os.geteuid() in (0, path.stat().st_uid):  # a colleague's file stays, out of reach
            path.chmod(mode)


def _modes(root: Path, folder: int, file: int, sealed: int) -> Iterator[tuple[Path, int]]:
    """Yield all of a store with the permissions that it gets, the root last."""
    for top, _, names in os.walk(root, topdown=False):
        for name in names:
            path = Path(top, name)
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                yield path, file if mode & stat.S_IWUSR else sealed
        yield Path(top), folder


def _gid(group: str) -> int:
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise UsageError(
            f"shared_group {group!r} of the study: this machine has no such group; make it with"
            f" `sudo groupadd {group}`, or correct study.toml"
        ) from None


def _whose(root: Path) -> str:
    found = root.stat()
    if lets_group_in(root):
        group = _group(found.st_gid)
        return (
            f"{root}: this store is shared with the group {group}, and you are not in it:"
            f" `sudo usermod -aG {group} $USER`, then log in again"
        )
    return (
        f"{root}: this store is {_user(found.st_uid)}'s alone; have them name a group that you"
        " both are in as shared_group in its study.toml, or choose another store"
    )


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
