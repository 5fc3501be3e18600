"""Whatever single thing is changed in a bundle, it is refused, and the file is named.

500 changes, each from its seed: a byte of the archive flipped, removed or added; a byte or a line
of a file changed, removed or added, and packed again as it should be; a file removed, added, given
another's content or another name.
"""

from __future__ import annotations

import random
import tarfile
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from femo_tui.bundle.incoming.verifying import verify_bundle
from femo_tui.bundle.keys import new_keys
from femo_tui.bundle.signing import sign
from tests.support.bags import TOP, UNSIGNED_TAGS, bagged, payload, tarred

CHANGES = 500
AT_ONCE = 50  # in one test: so a failure is found again quickly


@dataclass(frozen=True)
class Sound:
    """A bundle that holds; `begins` is where each member begins in the archive."""

    files: dict[str, bytes]
    archive: bytes
    begins: list[int]

    @property
    def names(self) -> list[str]:
        return list(self.files)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sound, Sound]:
    """Return the same bundle unsigned and signed."""
    folder = tmp_path_factory.mktemp("sound")
    keys = new_keys("lab", folder)
    signed = {"Femo-Signer": keys.signer}
    return (
        _sound(folder / "unsigned.tar", bagged(payload())),
        _sound(
            folder / "signed.tar",
            bagged(payload(), signed, lambda tags: sign(tags, keys.signing_file)),
        ),
    )


def _sound(path: Path, files: dict[str, bytes]) -> Sound:
    path.write_bytes(tarred(files))
    with tarfile.open(path) as tar:
        begins = [member.offset for member in tar]
    assert verify_bundle(path).faults == ()
    return Sound(files, path.read_bytes(), begins)


Changed = tuple[bytes, set[str]]
"""The archive, and names one of which has to be told."""


def of_archive(
    sound: Sound, dice: random.Random, change: Callable[[bytearray, int], None]
) -> Changed:
    """Change a byte of the archive; the member that it lies in is named, or the one before."""
    at = dice.randrange(len(sound.archive))
    content = bytearray(sound.archive)
    change(content, at)
    place = bisect_right(sound.begins, at) - 1
    named = {f"{TOP}/{name}" for name in sound.names[max(place - 1, 0) : place + 1]}
    named |= {name.partition("/")[2] for name in named}
    if place == 0:
        named.add("at its beginning")
    if place == len(sound.names) - 1:
        named.add("archive's end")
    return bytes(content), named


def flip(sound: Sound, dice: random.Random) -> Changed:
    bit = 1 << dice.randrange(8)
    return of_archive(sound, dice, lambda content, at: content.__setitem__(at, content[at] ^ bit))


def drop(sound: Sound, dice: random.Random) -> Changed:
    return of_archive(sound, dice, lambda content, at: content.__delitem__(at))


def add(sound: Sound, dice: random.Random) -> Changed:
    byte = dice.randrange(256)
    return of_archive(sound, dice, lambda content, at: content.insert(at, byte))


def of_file(sound: Sound, dice: random.Random, change: Callable[[bytes], bytes]) -> Changed:
    """Change one file and pack all of them again."""
    name = dice.choice(sound.names)
    files = {**sound.files, name: change(sound.files[name])}
    if files[name] == sound.files[name]:
        return of_file(sound, dice, change)  # a line given another's place that says the same
    # Where the tag manifest and another tag file contradict each other, either may be told.
    tags = {"tagmanifest-sha256.txt", "signature.json", *UNSIGNED_TAGS}
    return tarred(files), tags if name == "tagmanifest-sha256.txt" else {name}


def flip_in_file(sound: Sound, dice: random.Random) -> Changed:
    def change(content: bytes) -> bytes:
        at = dice.randrange(len(content))
        return content[:at] + bytes([content[at] ^ 1 << dice.randrange(8)]) + content[at + 1 :]

    return of_file(sound, dice, change)


def cut_file(sound: Sound, dice: random.Random) -> Changed:
    return of_file(sound, dice, lambda content: content[: dice.randrange(len(content))])


def lengthen_file(sound: Sound, dice: random.Random) -> Changed:
    return of_file(sound, dice, lambda content: content + dice.randbytes(1 + dice.randrange(9)))


def of_lines(
    sound: Sound, dice: random.Random, change: Callable[[list[bytes], int], None]
) -> Changed:
    def changed(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        change(lines, dice.randrange(len(lines)))
        return b"".join(lines)

    return of_file(sound, dice, changed)


def drop_line(sound: Sound, dice: random.Random) -> Changed:
    return of_lines(sound, dice, lambda lines, at: lines.__delitem__(at))


def double_line(sound: Sound, dice: random.Random) -> Changed:
    return of_lines(sound, dice, lambda lines, at: lines.insert(at, lines[at]))


def move_line(sound: Sound, dice: random.Random) -> Changed:
    return of_lines(sound, dice, lambda lines, at: lines.insert(0, lines.pop(at)))


def drop_file(sound: Sound, dice: random.Random) -> Changed:
    name = dice.choice(sound.names)
    return tarred({k: v for k, v in sound.files.items() if k != name}), {name}


def add_file(sound: Sound, dice: random.Random) -> Changed:
    folder = dice.choice(sound.names).rpartition("/")[0]
    name = f"{folder}/added.json".removeprefix("/")
    return tarred({**sound.files, name: b"{}\n"}), {name}


def rename_file(sound: Sound, dice: random.Random) -> Changed:
    name = dice.choice(sound.names)
    at = dice.randrange(len(name))
    new = name[:at] + dice.choice("abcxyz0189_-.A/") + name[at + dice.randrange(2) :]
    if new in sound.files or new == name:
        return rename_file(sound, dice)
    return tarred({new if k == name else k: v for k, v in sound.files.items()}), {name, new}


def swap_files(sound: Sound, dice: random.Random) -> Changed:
    one, other = dice.sample(sound.names, 2)
    if sound.files[one] == sound.files[other]:
        return swap_files(sound, dice)
    files = {**sound.files, one: sound.files[other], other: sound.files[one]}
    return tarred(files), {one, other}


KINDS = (
    *(flip, drop, add, flip_in_file, cut_file, lengthen_file),
    *(drop_line, double_line, move_line, drop_file, add_file, rename_file, swap_files),
)


@pytest.mark.parametrize("first", range(0, CHANGES, AT_ONCE))
def test_a_single_change_is_refused_with_the_file_named(
    both: tuple[Sound, Sound], tmp_path: Path, first: int
) -> None:
    for seed in range(first, first + AT_ONCE):
        kind = KINDS[seed % len(KINDS)]
        archive, names = kind(both[seed % 2], random.Random(seed))
        path = tmp_path / "changed.tar"
        path.write_bytes(archive)
        told = "; ".join(verify_bundle(path).faults)
        assert any(name in told for name in names), f"{kind.__name__} {seed}: {names} / {told!r}"


def test_the_changes_are_of_every_kind() -> None:
    assert len(KINDS) * 30 <= CHANGES
