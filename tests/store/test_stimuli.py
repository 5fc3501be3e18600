"""The media registry: what was registered stays what it was, and a file is read once."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from femo_tui.errors import MalformedRecord, StoreError, UsageError
from femo_tui.model.media import MediaFacts, MediaFile
from femo_tui.store.media_cache import MediaCache
from femo_tui.store.stimuli import RegisteredClip, add_clip, check_media_name, load_clips

FACTS = MediaFacts(3.0, 3.0, 640, 360, 25.0, 0.04, False, "h264", "aac", 2, "mov")
CLIP = RegisteredClip(
    "films/one.mp4", MediaFile("", 0, FACTS), "2026-11-22T10:15:30Z", "ada", 1.5, title="Uno"
)


def film(path: Path, content: bytes = b"a film") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_film_is_copied_hashed_and_found_again(tmp_path: Path) -> None:
    root = tmp_path / "store"
    read: list[tuple[int, int]] = []
    added = add_clip(
        root, film(tmp_path / "x.mp4"), CLIP, progress=lambda *bytes_: read.append(bytes_)
    )
    place = root / "stimuli/films/one.mp4"
    assert place.read_bytes() == b"a film"
    assert place.stat().st_mode & 0o777 == 0o600
    assert (root / "stimuli/media.json").stat().st_mode & 0o777 == 0o600
    assert added.file.sha256 == hashlib.sha256(b"a film").hexdigest()
    assert added.file.size_bytes == 6
    assert read == [(6, 6)]
    assert load_clips(root) == {"films/one.mp4": added}
    assert (added.peak_s, added.title) == (1.5, "Uno")


def test_another_film_takes_its_place_only_when_asked_to(tmp_path: Path) -> None:
    first = add_clip(tmp_path, film(tmp_path / "x.mp4"), CLIP)
    other = film(tmp_path / "y.mp4", b"another")
    with pytest.raises(UsageError, match=r"another film is films/one\.mp4 already: .*--replace"):
        add_clip(tmp_path, other, CLIP)
    assert load_clips(tmp_path)["films/one.mp4"] == first
    assert (tmp_path / "stimuli/films/one.mp4").read_bytes() == b"a film"
    again = add_clip(tmp_path, film(tmp_path / "x2.mp4"), replace(CLIP, peak_s=2.0))
    assert again.peak_s == 2.0  # the same film: nothing is in the way
    replaced = add_clip(tmp_path, other, CLIP, replace_other=True)
    assert load_clips(tmp_path)["films/one.mp4"] == replaced
    assert (tmp_path / "stimuli/films/one.mp4").read_bytes() == b"another"
    assert sorted(os.listdir(tmp_path / "stimuli/films")) == ["one.mp4"]


def test_a_film_that_lies_in_the_store_is_registered_where_it_lies(tmp_path: Path) -> None:
    place = film(tmp_path / "stimuli/films/one.mp4")
    inode = place.stat().st_ino
    add_clip(tmp_path, place, CLIP)
    assert place.stat().st_ino == inode
    film(place, b"changed")
    with pytest.raises(UsageError, match="another film is"):
        add_clip(tmp_path, place, CLIP)
    changed = add_clip(tmp_path, place, CLIP, replace_other=True)
    assert changed.file.sha256 == hashlib.sha256(b"changed").hexdigest()


def test_a_film_that_was_deleted_is_replaced_by_the_same_one_only(tmp_path: Path) -> None:
    add_clip(tmp_path, film(tmp_path / "x.mp4"), CLIP)
    (tmp_path / "stimuli/films/one.mp4").unlink()
    with pytest.raises(UsageError, match="another film is"):
        add_clip(tmp_path, film(tmp_path / "y.mp4", b"another"), CLIP)
    add_clip(tmp_path, tmp_path / "x.mp4", CLIP)


def test_films_that_are_registered_at_the_same_time_are_all_there(tmp_path: Path) -> None:
    def add(number: int) -> None:
        source = film(tmp_path / f"{number}.mp4", bytes([number]) * 100_000)
        add_clip(tmp_path, source, replace(CLIP, media=f"films/{number}.mp4"))

    threads = [Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(load_clips(tmp_path)) == 8


@pytest.mark.parametrize(
    "name", ["../one.mp4", "/one.mp4", "films//one.mp4", "a\\b.mp4", "a\n.mp4", "./one.mp4", ""]
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="inside stimuli/"):
        check_media_name(name)


@pytest.mark.parametrize("name", ["media.json", "quick.toml", "films/.hidden.mp4"])
def test_a_name_that_is_no_films_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a film"):
        check_media_name(name)


def test_a_source_that_cannot_be_read_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere\.mp4"):
        add_clip(tmp_path, tmp_path / "nowhere.mp4", CLIP)
    assert load_clips(tmp_path) == {}


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"clips": 3}',
        '{"clips": [{}]}',
        '{"clips": [{"media": "films/one.mp4"}]}',
        json.dumps({"clips": [{**CLIP.to_json(), "duration_s": "long"}]}),
        json.dumps({"clips": [{**CLIP.to_json(), "bytes": None}]}),
        "[" * 100_000,
    ],
)
def test_a_registry_that_cannot_be_read_is_named_and_left_as_it_is(
    tmp_path: Path, content: str
) -> None:
    path = film(tmp_path / "stimuli/media.json", content.encode())
    with pytest.raises(MalformedRecord, match=r"media\.json is no list of films"):
        load_clips(tmp_path)
    with pytest.raises(MalformedRecord):
        add_clip(tmp_path, film(tmp_path / "x.mp4"), CLIP)
    assert path.read_text() == content


class CountingProbe:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, path: Path) -> MediaFacts:
        self.count += 1
        return FACTS


def test_an_unchanged_file_is_read_once_by_whoever_asks(tmp_path: Path) -> None:
    probe = CountingProbe()
    path = film(tmp_path / "films/one.mp4")
    read: list[int] = []
    first = MediaCache(tmp_path, probe).look(path, progress=lambda done, _: read.append(done))
    again = MediaCache(tmp_path, probe).look(path, progress=lambda done, _: read.append(done))
    assert first == again == MediaFile(hashlib.sha256(b"a film").hexdigest(), 6, FACTS)
    assert (probe.count, read) == (1, [6])
    MediaCache(tmp_path, probe).look(path, fresh=True)
    assert probe.count == 2


def test_a_changed_or_replaced_file_is_read_again(tmp_path: Path) -> None:
    cache = MediaCache(tmp_path, CountingProbe())
    path = film(tmp_path / "one.mp4")
    before = path.stat()
    first = cache.look(path)
    other = film(tmp_path / "two.mp4", b"B film")  # as long, and as old
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)
    assert cache.look(path).sha256 != first.sha256
    film(path, b"C film")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert cache.look(path).sha256 == hashlib.sha256(b"C film").hexdigest()


def test_what_an_older_femo_found_out_is_found_out_anew(tmp_path: Path) -> None:
    probe = CountingProbe()
    path = film(tmp_path / "one.mp4")
    MediaCache(tmp_path, probe).look(path)
    cache = tmp_path / "stimuli/media-cache.json"
    cache.write_text(json.dumps({**json.loads(cache.read_text()), "version": 1}))
    MediaCache(tmp_path, probe).look(path)
    assert probe.count == 2


@pytest.mark.parametrize("content", ["{", "[]", '{"files": 3}', '{"files": {}}', "[" * 100_000])
def test_a_cache_that_cannot_be_read_costs_time_only(tmp_path: Path, content: str) -> None:
    path = film(tmp_path / "one.mp4")
    film(tmp_path / "stimuli/media-cache.json", content.encode())
    probe = CountingProbe()
    cache = MediaCache(tmp_path, probe)
    assert cache.look(path) == cache.look(path)
    assert probe.count == 1


def test_files_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    cache = MediaCache(tmp_path, CountingProbe())
    gone, kept = film(tmp_path / "gone.mp4"), film(tmp_path / "kept.mp4")
    cache.look(gone)
    gone.unlink()
    cache.look(kept)
    known = json.loads((tmp_path / "stimuli/media-cache.json").read_text())["files"]
    assert list(known) == [str(kept)]
