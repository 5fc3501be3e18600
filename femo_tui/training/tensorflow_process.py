"""Has TensorFlow do one job in a child process, whose time and memory end with it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from femo_tui.errors import TrainingError
from femo_tui.model.events import Facts
from femo_tui.model.records import JsonValue
from femo_tui.processes import own_module
from femo_tui.store.files import open_private

# One image at a time: a GPU would only take longer to wake.
WITHOUT_GPU = {"CUDA_VISIBLE_DEVICES": "-1"}


def run_tensorflow(
    job: str,
    facts: Mapping[str, JsonValue],
    told: Callable[[Facts], None] = lambda facts: None,
    *,
    env: Mapping[str, str] = WITHOUT_GPU,
    log: Path | None = None,
) -> dict[str, float]:
    """Do a job in a child process that loads TensorFlow; return what it reports.

    The child ends with this process: it watches the pipe that is its standard input.

    Args:
        job: as tensorflow_child.py names it.
        facts: what it is asked.
        told: called with what it says on the way.
        env: beside this process' own.
        log: takes what its libraries print; else it goes where this process' standard error goes.

    Raises:
        TrainingError: the child's own sentence.
    """
    with ExitStack() as held:
        said = None
        if log is not None:
            said = open_private(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            held.callback(os.close, said)
        child = subprocess.Popen(
            own_module("femo_tui.training.tensorflow_child", job),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env={
                **os.environ,
                "TF_CPP_MIN_LOG_LEVEL": "2",
                "KERAS_BACKEND": "tensorflow",
                **env,
            },
        )
        assert child.stdin is not None
        assert child.stdout is not None
        held.callback(child.stdout.close)
        held.callback(child.stdin.close)
        held.callback(child.wait)
        held.callback(child.kill)
        child.stdin.write(json.dumps(facts).encode() + b"\n")
        child.stdin.flush()
        body: dict[str, JsonValue] = {}
        for line in child.stdout:
            body = _body_of(line)
            if "told" not in body:
                break
            told(body)
            body = {}
        child.wait()
    if not body:
        raise TrainingError(
            f"TensorFlow ended without an answer (exit status {child.returncode}): look at the"
            f" {'training' if log is None else 'worker'}'s log"
        )
    if "error" in body:
        raise TrainingError(str(body["error"]))
    return {name: float(str(value)) for name, value in body.items()}


def _body_of(line: bytes) -> dict[str, JsonValue]:
    """Return what a line says; nothing if its writer was killed in the middle of it."""
    try:
        body = json.loads(line)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
