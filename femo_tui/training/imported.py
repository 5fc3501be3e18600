"""Folders of face images from elsewhere: one folder a class, brought into the store as a data set.

The study's own names (`Happy_A/Happy_S1_Face66_.jpg`) tell class and participant; other names need
a pattern for the participant. A data set that is external is for tests only and never trained on.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from femo_tui.errors import FemoError, TrainingError, UsageError
from femo_tui.model.left_out import LeftOut
from femo_tui.model.run_state import RunData
from femo_tui.store import layout
from femo_tui.store.decided import DecidedReader
from femo_tui.store.files import explained, make_folder, write_json, write_new
from femo_tui.training.dataset import DataSet, FaceImage, PersonFacts, sha256_of
from femo_tui.training.images import decode
from femo_tui.training.request import RECORDED

DATASETS, INDEX = layout.DATASETS, layout.INDEX
ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
# `Happy_S1_Face66_.jpg`, `Happy_S3_Face_012.jpg`: the second word names the participant.
STUDY_PATTERN = r"(?:^|/)[A-Za-z]+_([A-Za-z]*\d+)_[^/]*$"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """One image of an imported data set."""

    file: str  # relative to the data set
    source: str  # relative to the folder it came from
    class_name: str
    participant: str  # as the pattern found it; empty in an external set without one
    sha256: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import."""

    name: str
    files: tuple[ImportedFile, ...]
    external: bool
    simulated: bool
    refused: tuple[str, ...]  # one sentence for each image that was not taken


def import_folder(
    root: Path,
    folder: Path,
    *,
    name: str = "",
    pattern: str | None = None,
    external: bool = False,
    simulated: bool = False,
    crop: bool = False,
) -> Imported:
    """Copy a folder's images into the store, one folder a class; return what was taken.

    Args:
        root: the store.
        folder: holds one folder for each class.
        name: of the data set; the folder's own name if empty.
        pattern: a regular expression whose first group is the participant, looked for in the path
            below `folder`; None tries the study's names.
        external: for tests only.
        simulated: the images are drawn, and every model that sees them is to say so.
        crop: take the largest face of each image instead of the image as it is.

    Raises:
        UsageError: no class folders, a pattern that matches nothing, a name that is taken.
        StoreError: the store cannot be written.
    """
    name = name or re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name).strip("-.")
    if not _NAME.fullmatch(name):
        raise UsageError(f"data set {name!r}: use up to 40 letters, digits, dots and dashes")
    place = root / DATASETS / name
    if place.exists():
        raise UsageError(f"data set {name} is in the store already: choose another with --name")
    if name == RECORDED:
        raise UsageError(f"data set {name}: the store's runs are called so; choose another name")
    found = list(class_images(folder))
    participants = participants_of(
        folder, [path for _, path in found], pattern, needed=not external
    )
    unfinished = place.with_name(f".{name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    make_folder(unfinished)
    try:
        files, refused = _copied(folder, found, participants, unfinished, crop=crop)
        imported = Imported(name, files, external, simulated, refused)
        write_json(unfinished / INDEX, asdict(imported))
        with explained(place):
            unfinished.rename(place)
    except BaseException:  # Ctrl-C, too: no face stays where nobody looks for one
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return imported


def _copied(
    folder: Path,
    found: list[tuple[str, Path]],
    participants: list[str],
    to: Path,
    *,
    crop: bool,
) -> tuple[tuple[ImportedFile, ...], tuple[str, ...]]:
    """Copy images, each once; return them and a sentence for each that was not taken."""
    files: list[ImportedFile] = []
    refused: list[str] = []
    taken: dict[str, str] = {}
    for (class_name, path), participant in zip(found, participants, strict=True):
        source = path.relative_to(folder).as_posix()
        try:
            content = _content(path, crop=crop)
        except OSError as problem:
            refused.append(f"{path}: cannot be read ({problem.strerror}); look at the file")
            continue
        except FemoError as problem:
            refused.append(str(problem))
            continue
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 in taken:
            refused.append(f"{source}: the same image as {taken[sha256]}; taken once")
            continue
        taken[sha256] = source
        make_folder(to / class_name)
        ending = ".jpg" if crop else path.suffix.lower()
        file = f"{class_name}/{len(files):06d}{ending}"
        write_new(to / file, content)
        files.append(ImportedFile(file, source, class_name, participant, sha256))
    if not files:
        raise UsageError(f"{folder}: none of its {len(found)} images can be read; {refused[0]}")
    return tuple(files), tuple(refused)


def imported_names(root: Path) -> tuple[str, ...]:
    """Return the names of the store's data sets."""
    names = (path.parent.name for path in (root / DATASETS).glob(f"*/{INDEX}"))
    return tuple(sorted(name for name in names if not name.startswith(".")))  # one being imported


def read_imported(root: Path, name: str) -> Imported:
    """Return what a data set of the store holds.

    Raises:
        UsageError: there is none of that name.
        TrainingError: its index cannot be read.
    """
    path = root / DATASETS / name / INDEX
    try:
        body = json.loads(path.read_bytes())
        files = tuple(ImportedFile(**file) for file in body["files"])
        return Imported(**{**body, "files": files, "refused": tuple(body["refused"])})
    except FileNotFoundError:
        known = ", ".join(imported_names(root)) or "none"
        raise UsageError(
            f"data set {name!r} is unknown: known are {known}; bring one in with"
            " `femo dataset import`"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise TrainingError(f"{path} cannot be read ({problem}): import it again") from None


def imported_set(root: Path, name: str) -> DataSet:
    """Return a data set's images; all are of the even set, since a person chose them elsewhere."""
    imported = read_imported(root, name)
    place, what = root / DATASETS / name, f"data set {name}"
    decided = DecidedReader(place).read()
    if decided.data is RunData.UNTIL_ASKED:
        why = f"what the eye rejected in it cannot be told: {decided.problem}"
        return DataSet((), left_out=(LeftOut("", what, why),))
    images = []
    left_out = [LeftOut("", what, sentence) for sentence in imported.refused]
    for number, file in enumerate(imported.files):
        if number in decided.rejected:
            left_out.append(LeftOut(_code(name, file), file.source, "rejected by eye"))
            continue
        who = _code(name, file)
        images.append(
            FaceImage(
                path=f"{DATASETS}/{name}/{file.file}",
                participant=who,
                class_name=file.class_name,
                window=f"{who}#{file.class_name}",
                even=True,
                dataset=name,
                folder=f"{DATASETS}/{name}",
                frame=number,
            )
        )
    if imported.external:
        return DataSet((), external=tuple(images), left_out=tuple(left_out))
    index = sha256_of(place / INDEX)
    people = tuple(
        PersonFacts(who, (), "", name, index, imported.simulated)
        for who in sorted({image.participant for image in images})
    )
    return DataSet(tuple(images), people, left_out=tuple(left_out))


def _code(name: str, file: ImportedFile) -> str:
    """Return the participant as this store calls them: codes of elsewhere may be taken here.

    Where nothing tells, as in images from social networks, each image is taken for another person.
    """
    return f"{name}:{file.participant or file.source}"


def class_images(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (class, image) of each class folder, in order."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; give one that holds a folder for each class")
    count = 0
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in sorted(inner.rglob("*")):
            if path.suffix.lower() in ENDINGS and path.is_file():
                count += 1
                yield inner.name, path
    if not count:
        raise UsageError(
            f"{folder}: no class folders with images; lay them out as Happy_A/…jpg, Happy_S/…jpg"
        )


def participants_of(
    folder: Path, paths: list[Path], pattern: str | None, *, needed: bool
) -> list[str]:
    """Return each image's participant; empty where its name does not tell and none is needed.

    Raises:
        UsageError: the pattern is none, or does not fit a name.
    """
    try:
        matcher = re.compile(STUDY_PATTERN if pattern is None else pattern)
    except re.error as problem:
        raise UsageError(f"--participant-pattern {pattern!r} is no pattern: {problem}") from None
    if matcher.groups < 1:
        raise UsageError(
            f"--participant-pattern {pattern!r}: put parentheses around the participant, such as"
            r" '_(S\d+)_'"
        )
    found = []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        match = matcher.search(name)
        if (match is None or not match.group(1)) and (needed or pattern is not None):
            raise UsageError(
                f"{name}: no participant can be told from this name, and without it nobody can be"
                r" held out; give --participant-pattern, such as '_(S\d+)_'"
            )
        found.append(match.group(1) if match else "")
    return found


def _content(path: Path, *, crop: bool) -> bytes:
    """Return an image's bytes, or those of its largest face."""
    content = path.read_bytes()
    image = decode(content, str(path))
    if not crop:
        return content
    from femo_tui.faces.finder import FaceFinder

    frame = FaceFinder().look(image, 0.0)
    if frame.face_jpeg is None:
        raise TrainingError(
            f"{path}: no face is found in it; leave it out, or import without --crop"
        )
    return frame.face_jpeg
