"""Evaluations that a training has finished, so that it goes on behind them once it was lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import MalformedRecord
from femo_tui.model.events import Facts
from femo_tui.store.files import make_folder, write_json
from femo_tui.store.layout import FINISHED
from femo_tui.training.request import TrainRequest
from femo_tui.training.validation import Validation

if TYPE_CHECKING:
    from femo_tui.training.evaluation import Task
    from femo_tui.training.material import Material

TUNING = "fine-tune"  # below what is finished, while MobileNet is fine-tuned


class KeptEvaluations:
    """Those of one training; what is kept holds for the same request and material alone."""

    def __init__(self, run_dir: Path, request: TrainRequest, material: Material) -> None:
        self._folder = run_dir / FINISHED
        make_folder(self._folder)
        self._of = _fingerprint(request, material)

    def finished(self, task: Task) -> tuple[Validation, ...] | None:
        """Return what an evaluation found; None if it was not finished, or cannot be read."""
        try:
            body = json.loads(self._file(task).read_bytes())
            return tuple(Validation.from_json(v) for v in body["validations"])
        except (OSError, ValueError, KeyError, TypeError, MalformedRecord):
            return None

    def keep(self, task: Task, made: Sequence[Validation]) -> None:
        """Put what an evaluation found on the disk."""
        facts: Facts = {"task": task.name, "validations": [v.to_json() for v in made]}
        write_json(self._file(task), facts)

    def _file(self, task: Task) -> Path:
        name = hashlib.sha256(f"{task.name} {self._of}".encode()).hexdigest()[:24]
        return self._folder / f"{name}.json"


def _fingerprint(request: TrainRequest, material: Material) -> str:
    """Return a hash of everything that an evaluation depends on."""
    digest = hashlib.sha256(f"{request.head.value} {request.seed} {material.main}".encode())
    for image in material.images:
        line = f"{image.path} {image.participant} {image.class_name} {image.window} {image.clip}\n"
        digest.update(line.encode())
    for name, matrix in material.features.items():
        digest.update(name.encode())
        digest.update(matrix.tobytes())
    digest.update(material.even.tobytes() + material.study.tobytes())
    digest.update(repr(sorted(material.gsr.items())).encode())
    return digest.hexdigest()
