"""What an operator asks to be recorded."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from femo_tui.errors import UsageError
from femo_tui.model.records import JsonValue
from femo_tui.store.layout import RECORDER_FILE, store_of


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """One run: who, what, on which devices; the same for the command line and the console."""

    store_root: Path
    participant: str
    protocol: str
    gsr: str = "serial:auto"
    camera: str = "camera:0"
    player: str = "mpv"
    operator: str = ""
    auto: bool = False
    language: str = "en"
    environment: dict[str, JsonValue] = field(default_factory=dict)
    resume: Path | None = None  # a lost run that goes on instead of a new one
    media: str = ""  # which film goes on where one was cut by the loss: alternate, same, a name
    faults: tuple[str, ...] = ()  # rehearsed on simulated devices: gsr-silent@12+5

    def to_json(self) -> str:
        resume = None if self.resume is None else str(self.resume)
        return json.dumps({**asdict(self), "store_root": str(self.store_root), "resume": resume})

    @classmethod
    def from_json(cls, text: str) -> RecordRequest:
        body = json.loads(text)
        resume = None if body["resume"] is None else Path(body["resume"])
        paths = {"store_root": Path(body["store_root"]), "resume": resume}
        return cls(**{**body, **paths, "faults": tuple(body.get("faults", ()))})

    def arguments(self) -> list[str]:
        """Return the command line that records this: `femo record …`."""
        given = [
            "record",
            *("--store", str(self.store_root), "--operator", self.operator),
            *("--participant", self.participant, "--protocol", self.protocol),
            *("--gsr", self.gsr, "--camera", self.camera, "--player", self.player),
            *("--language", self.language),
        ]
        if self.auto:
            given.append("--auto")
        if self.resume is not None:
            given += ["--resume", str(self.resume)]
        if self.media:
            given += ["--media", self.media]
        for name, fact in self.environment.items():
            given += ["--fact", f"{name}={fact}"]
        for fault in self.faults:
            given += ["--fault", fault]
        return given


def lost_request(run_dir: Path, operator: str, media: str = "") -> RecordRequest:
    """Return what makes a lost run go on, with the devices that it was started with.

    It goes on in the store that it lies in now, which may have been moved. What was rehearsed in it
    does not happen again. `media` says which film is shown where one was cut by the loss; without
    it none is, until somebody chooses.

    Raises:
        UsageError: the run's recorder.json does not say.
    """
    try:
        body = json.loads((run_dir / RECORDER_FILE).read_text("utf-8"))
        asked = RecordRequest.from_json(json.dumps(body["request"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"{run_dir}: {RECORDER_FILE} does not say how this run was recorded, so it cannot"
            " go on; close it with `femo recover`"
        ) from None
    return replace(
        asked,
        store_root=store_of(run_dir),
        operator=operator,
        resume=run_dir,
        media=media,
        faults=(),
    )
