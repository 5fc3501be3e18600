"""Near-duplicates within an imported data set, and with the data sets imported before."""

from __future__ import annotations

from pathlib import Path

from femo_tui.training.client import FEATURES, TRAINING
from femo_tui.training.imported import DATASETS, imported_names, read_imported

MOST_NAMED = 200  # pairs; more say only that the data set is a film


def near_duplicates(root: Path, name: str) -> tuple[tuple[str, str], ...]:
    """Return pairs of images that are nearly the same, one of them of the data set `name`.

    Images of one participant and class are alike by nature and are not named; the others would
    stand in training and test at once, under two names.
    """
    from femo_tui.training.duplicates import near_pairs
    from femo_tui.training.engines import PERCEPTUAL_HASH
    from femo_tui.training.features import extract

    images = [
        (each, file)
        for each in (name, *(other for other in imported_names(root) if other != name))
        for file in read_imported(root, each).files
    ]
    paths = [f"{DATASETS}/{each}/{file.file}" for each, file in images]
    found = extract(root, paths, [PERCEPTUAL_HASH], root / TRAINING / FEATURES)
    pairs = []
    for i, j in near_pairs(found.rows[PERCEPTUAL_HASH.name]):
        (one, first), (other, second) = images[found.kept[i]], images[found.kept[j]]
        same = (one, first.participant, first.class_name) == (
            other,
            second.participant,
            second.class_name,
        )
        if name in (one, other) and not same:
            pairs.append((f"{one}/{first.source}", f"{other}/{second.source}"))
        if len(pairs) == MOST_NAMED:
            break
    return tuple(pairs)
