"""What a training says of itself: an append-only journal, and what a reader makes of it.

Each line is one JSON object with `t_s` (seconds since the training began) and `event`:

begin         utc, operator, request, pid, versions; a second one is a resume
data          images, even, study, participants, classes, per_class, left_out, external, simulated
stage         name, total
progress      stage, done, total
note          text
curve         step, training_loss, validation_loss
epoch         epoch of fine-tuning the model, training_loss, validation_loss (on people held out)
validation    as Validation.to_json
not_possible  kind, features, reason
cancel_asked  operator
end           status (done, failed), result, error
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.model.events import Facts
from femo_tui.model.records import JsonValue
from femo_tui.store.files import TORN, explained, open_private, write_all
from femo_tui.store.lock import HeldLock
from femo_tui.store.tail import LineTail
from femo_tui.training.validation import NotPossible, Validation

JOURNAL = "journal.jsonl"
STAGES = ("data", "features", "folds", "head", "model")  # of a training, in order
TUNING_STAGES = ("data", "features", "folds", "tune", "model")  # where MobileNet is fine-tuned
PROGRESS_EVERY_S = 0.1
FAST_START_S = 1.0  # of a stage: its rate is not told before


class TrainState(StrEnum):
    """How a training stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"  # its process is gone without a last word: it can be resumed


# A training that ended before it was done goes on where it was.
CAN_GO_ON = frozenset({TrainState.LOST, TrainState.CANCELLED, TrainState.FAILED})


@dataclass(frozen=True, slots=True)
class StageNow:
    """A stage of a training and how far it is."""

    name: str
    done: int
    total: int
    since_s: float
    now_s: float  # of its newest progress

    @property
    def per_s(self) -> float | None:
        """Return images or folds a second, None before that can be told."""
        took_s = self.now_s - self.since_s
        return self.done / took_s if self.done and took_s >= FAST_START_S else None

    @property
    def left_s(self) -> float | None:
        rate = self.per_s
        return (self.total - self.done) / rate if rate else None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Losses after some steps of training the head."""

    step: int
    training_loss: float
    validation_loss: float


@dataclass(frozen=True, slots=True)
class TrainSnapshot:
    """Everything a reader knows of a training at one moment."""

    run_dir: Path
    state: TrainState = TrainState.RUNNING
    elapsed_s: float = 0.0
    began_utc: str = ""
    operator: str = ""
    request: Facts = field(default_factory=dict)
    data: Facts = field(default_factory=dict)  # as the event `data`, empty before it
    stages: tuple[StageNow, ...] = ()  # in order of their begin
    curve: tuple[CurvePoint, ...] = ()
    epochs: tuple[CurvePoint, ...] = ()  # of fine-tuning; a step is one of them
    validations: tuple[Validation, ...] = ()
    not_possible: tuple[NotPossible, ...] = ()
    notes: tuple[str, ...] = ()
    result: Facts = field(default_factory=dict)  # of `femo train --json`; empty before the end
    error: str = ""


class Journal:
    """Writes the journal of one training; used by one thread."""

    def __init__(self, run_dir: Path) -> None:
        self.path = run_dir / JOURNAL
        self._begun_s = time.monotonic()
        self._told_s = -1.0
        with explained(self.path):
            self._file = open_private(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            if self._ends_torn():
                write_all(self._file, TORN)

    def _ends_torn(self) -> bool:
        content = self.path.read_bytes()
        return bool(content) and not content.endswith(b"\n")

    def write(self, event: str, facts: Mapping[str, JsonValue]) -> None:
        """Append one event."""
        t_s = round(time.monotonic() - self._begun_s, 3)
        with explained(self.path):
            write_all(self._file, line_of(t_s, event, facts))

    def progress(self, stage: str, done: int, total: int) -> None:
        """Append how far a stage is: the first and the last word of it, in between at 10 Hz."""
        now_s = time.monotonic()
        if done in (1, total) or now_s - self._told_s >= PROGRESS_EVERY_S:
            self._told_s = now_s
            self.write("progress", {"stage": stage, "done": done, "total": total})


def line_of(t_s: float, event: str, facts: Mapping[str, JsonValue]) -> bytes:
    text = json.dumps({"t_s": t_s, "event": event, **facts}, ensure_ascii=False)
    return text.encode() + b"\n"


class JournalReader:
    """Follows a training: each poll reads what was appended and returns a snapshot."""

    def __init__(self, run_dir: Path, lock: Path) -> None:
        self._tail = LineTail(run_dir / JOURNAL)
        self._lock = lock
        self._now = TrainSnapshot(run_dir)
        self._cancelled = False

    def poll(self) -> TrainSnapshot:
        """Return how the training stands; a line that is none is passed over."""
        # Asked before reading: a trainer writes its last word before it lets go of the lock.
        holder = HeldLock.holder(self._lock)
        alive = holder is not None and holder.get("run_dir") == str(self._now.run_dir)
        for _, line in self._tail.read():
            try:
                body = json.loads(line)
                self._fold(str(body["event"]), float(body["t_s"]), body)
            except (ValueError, KeyError, TypeError, MalformedRecord):
                continue
        if self._now.state is TrainState.RUNNING and not alive:
            gone = TrainState.CANCELLED if self._cancelled else TrainState.LOST
            return replace(self._now, state=gone)
        return self._now

    def _fold(self, event: str, t_s: float, body: Facts) -> None:
        now = replace(self._now, elapsed_s=max(t_s, self._now.elapsed_s))
        match event:
            case "begin":
                request = body["request"]
                self._cancelled = False
                now = TrainSnapshot(
                    now.run_dir,
                    began_utc=str(body["utc"]),
                    operator=str(body["operator"]),
                    request=request if isinstance(request, dict) else {},
                )
            case "data":
                now = replace(now, data=body)
            case "stage":
                stage = StageNow(str(body["name"]), 0, int(str(body["total"])), t_s, t_s)
                now = replace(now, stages=(*now.stages, stage))
            case "progress":
                now = replace(now, stages=tuple(_moved(s, t_s, body) for s in now.stages))
            case "note":
                now = replace(now, notes=(*now.notes, str(body["text"])))
            case "curve":
                now = replace(now, curve=(*now.curve, _point(body, "step")))
            case "epoch":
                now = replace(now, epochs=(*now.epochs, _point(body, "epoch")))
            case "validation":
                now = replace(now, validations=(*now.validations, Validation.from_json(body)))
            case "not_possible":
                why = NotPossible.from_json(body)
                now = replace(now, not_possible=(*now.not_possible, why))
            case "cancel_asked":
                self._cancelled = True
            case "end":
                result = body.get("result")
                now = replace(
                    now,
                    state=TrainState(str(body["status"])),
                    result=result if isinstance(result, dict) else {},
                    error=str(body.get("error") or ""),
                )
        self._now = now


def _point(body: Facts, step: str) -> CurvePoint:
    return CurvePoint(
        int(str(body[step])),
        float(str(body["training_loss"])),
        float(str(body["validation_loss"])),
    )


def _moved(stage: StageNow, t_s: float, body: Facts) -> StageNow:
    if stage.name != body["stage"]:
        return stage
    done, total = int(str(body["done"])), int(str(body["total"]))
    return replace(stage, done=done, total=total, now_s=t_s)
