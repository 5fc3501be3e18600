"""What a model is made of: a head on frozen features, or a fine-tuned network and its own head."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.model.events import Facts
from femo_tui.training import engines
from femo_tui.training.client import FEATURES, TRAINING
from femo_tui.training.evaluation import external as evaluate
from femo_tui.training.evaluation import fit
from femo_tui.training.features import extract
from femo_tui.training.folds import at_random
from femo_tui.training.head import cross_entropy, train_head
from femo_tui.training.request import FINE_TUNED, Head
from femo_tui.training.validation import Kind, NotPossible

if TYPE_CHECKING:
    from femo_tui.training.head import SoftmaxHead
    from femo_tui.training.journal import Journal
    from femo_tui.training.material import Material
    from femo_tui.training.request import TrainRequest
    from femo_tui.training.validation import Validation
    from femo_tui.training.weights import Converted

HEAD_STAGE = "head"
_CURVE_EVERY = 5  # steps of L-BFGS


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a model is made of."""

    features: str
    head: SoftmaxHead
    network: Converted | None = None  # that computes the features
    fine_tuning: Facts | None = None  # how it was


def learn(
    request: TrainRequest,
    material: Material,
    network: Converted | None,
    run_dir: Path,
    journal: Journal,
) -> tuple[Learnt, tuple[Validation, ...]]:
    """Return what the model is made of, and its evaluations beyond those of frozen features."""
    if not request.fine_tune or network is None:
        return Learnt(material.main, _fit(request, material, journal), network), ()
    from femo_tui.training.tuning.fine_tune import fine_tune

    tuned = fine_tune(request, material, network, run_dir, journal)
    return Learnt(FINE_TUNED, tuned.head, tuned.network, tuned.facts), tuned.validations


def outside_of(
    learnt: Learnt, root: Path, material: Material, external: Material
) -> Validation | NotPossible:
    """Evaluate what was learnt on images from elsewhere, where they have a class of its own."""
    name, network = learnt.features, learnt.network
    if not set(external.classes) & set(material.classes):
        return NotPossible(Kind.EXTERNAL, name, "none of their classes is the model's")
    if name == FINE_TUNED and network is not None:
        engine = engines.mobilenet(network.path, network.sha256, network.dim, FINE_TUNED)
        paths = [image.path for image in external.images]
        rows = extract(root, paths, [engine], root / TRAINING / FEATURES).rows[engine.name]
        external = replace(external, features={**external.features, name: rows})
    trained = material.hashes[material.even]
    return evaluate(learnt.head, material.classes, name, external, trained)


def _fit(request: TrainRequest, material: Material, journal: Journal) -> SoftmaxHead:
    """Tell the learning curve on the study's split, then train on everything."""
    journal.write("stage", {"name": HEAD_STAGE, "total": 2})
    study = material.part(material.study)
    features, labels = study.features[study.main], study.labels
    fold = at_random(len(labels), request.seed)

    def tell(step: int, head: SoftmaxHead) -> None:
        if request.head is Head.RETRAIN or step % _CURVE_EVERY == 0:
            facts: Facts = {
                "step": step,
                "training_loss": cross_entropy(head, features[fold.train], labels[fold.train]),
                "validation_loss": cross_entropy(head, features[fold.test], labels[fold.test]),
            }
            journal.write("curve", facts)

    if len(fold.train):
        train_head(
            request.head,
            features,
            labels,
            len(study.classes),
            request.seed,
            tell,
            rows=fold.train,
        )
    journal.progress(HEAD_STAGE, 1, 2)
    head = fit(material, request.head, request.seed)
    journal.progress(HEAD_STAGE, 2, 2)
    return head
