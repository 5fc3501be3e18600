"""Features of drawn faces by two workers of a local Dask cluster against one process alone.

Run: python -m tests.bench.cluster [--people 22] [--weights FILE] [--json]
With weights MobileNet's features are computed, too, its network sent to the workers.
Both compute the same numbers on the same cores, so that the ratio is what the exchange costs; with
workers on other machines it is what they add.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from tests.support.dask_cluster import ONE_THREAD, cluster
from tests.support.face_folders import draw_faces

os.environ.update(ONE_THREAD)  # before NumPy is loaded, as for the trainer

from femo_tui.training import engines
from femo_tui.training.cluster import cluster_workers
from femo_tui.training.features import extract
from femo_tui.training.weights import convert
from femo_tui.training.workers import worker_count

KINDS = (engines.HOG, engines.COLOUR, engines.PERCEPTUAL_HASH)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=22)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        faces = draw_faces(root / "faces", given.people, 10)
        paths = sorted(path.relative_to(root).as_posix() for path in faces.glob("*/*.jpg"))
        kinds, sent = list(KINDS), list(KINDS)
        if given.weights is not None:
            network = convert(str(given.weights.absolute()), root / "weights")
            facts = (network.sha256, network.dim)
            kinds.insert(0, engines.mobilenet(network.path, *facts))
            sent.insert(0, engines.mobilenet(network.path.read_bytes(), *facts))
        begun_s = time.monotonic()
        alone = extract(root, paths, kinds, root / "alone")
        alone_s = time.monotonic() - begun_s
        with cluster(root) as two, cluster_workers(two.address) as workers:
            begun_s = time.monotonic()
            shared = extract(root, paths, sent, root / "shared", workers=workers)
            shared_s = time.monotonic() - begun_s
    same = all(shared.rows[name].tobytes() == alone.rows[name].tobytes() for name in alone.rows)
    figures = {
        "images": len(paths),
        "features": [name.split("-")[0] for name in alone.rows],
        "one_process_threads": worker_count(),
        "one_process_images_per_s": round(len(paths) / alone_s, 1),
        "two_workers_images_per_s": round(len(paths) / shared_s, 1),
        "ratio": round(alone_s / shared_s, 2),
        "same_to_the_bit": same,
    }
    if given.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
