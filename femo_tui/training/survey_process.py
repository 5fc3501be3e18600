"""Answers for `survey`: one request on standard input, progress and one answer as lines of JSON.

It ends with whoever asked: nothing is left to compute for a console that is gone.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from femo_tui.errors import FemoError, TrainingError
from femo_tui.model.events import Facts
from femo_tui.store.decided import DecidedReader
from femo_tui.training.collect import check_enough, collect
from femo_tui.training.imported import DATASETS, read_imported
from femo_tui.training.recorded import saved_faces
from femo_tui.training.request import TrainRequest
from femo_tui.training.survey import Face, Group, Survey, Wanted

NICENESS = 10  # a recording beside it goes first
_TOLD_EVERY = 16  # images


def main(arguments: list[str]) -> int:
    """Answer what the argument names; return the exit status."""
    os.nice(NICENESS)
    request = TrainRequest.from_json(sys.stdin.readline())
    threading.Thread(target=_end_with_the_console, daemon=True).start()
    try:
        wanted = Wanted(arguments[0])
        if wanted is Wanted.COUNTS:
            _say(_counts(request).to_json())
        else:
            _say({"faces": [asdict(face) for face in _faces(request, wanted)]})
    except FemoError as problem:
        _say({"error": str(problem)})
        return 1
    return 0


def _say(body: Facts) -> None:
    print(json.dumps(body, ensure_ascii=False), flush=True)


def _end_with_the_console() -> None:
    sys.stdin.read()
    os._exit(1)


def _counts(request: TrainRequest) -> Survey:
    import numpy as np

    from femo_tui.training.material import study_rows

    found = collect(request)
    images = found.images
    # How many are chosen does not depend on the features, only which.
    study = set(study_rows(images, np.zeros((len(images), 1), np.float32)))
    counts: dict[tuple[str, str], list[int]] = {}
    for i, image in enumerate(images):
        group = counts.setdefault((image.participant, image.class_name), [0, 0, 0])
        group[0] += 1
        group[1] += image.even
        group[2] += i in study
    try:
        check_enough(found)
        problem = ""
    except TrainingError as trouble:
        problem = str(trouble)
    return Survey(
        tuple(Group(*key, *group) for key, group in sorted(counts.items())),
        found.left_out,
        len(found.external),
        found.simulated,
        problem,
    )


def _faces(request: TrainRequest, wanted: Wanted) -> list[Face]:
    """Return the faces to look at in an order that tells nothing, the same one each time."""
    if wanted is Wanted.BOTH:
        from femo_tui.training.choice import choose

        both = choose(request, progress=_tell).frames
        faces = [Face(f.folder, f.frame, f.path, True) for f in both if f.even or f.study]
    else:
        found = collect(request)
        check_enough(found)
        faces = [Face(i.folder, i.frame, i.path, True) for i in found.images if i.even]
    random.Random("faces").shuffle(faces)
    folders = sorted({face.folder for face in faces})
    return [*faces, *_rejected(request.store_root, folders)]


def _tell(done: int, total: int) -> None:
    if done % _TOLD_EVERY == 0 or done == total:
        _say({"done": done, "total": total})


def _rejected(root: Path, folders: Sequence[str]) -> Iterator[Face]:
    """Yield what was rejected before in these runs and data sets."""
    for folder in folders:
        place = root / folder
        out = DecidedReader(place).read().rejected
        if folder.startswith(f"{DATASETS}/"):
            files = read_imported(root, place.name).files
            rows = [(number, files[number].file) for number in sorted(out)]
        else:
            rows = [(f.frame, f.face_file) for f in saved_faces(place) if f.frame in out]
        for frame, file in rows:
            yield Face(folder, frame, f"{folder}/{file}", accepted=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
