"""What an operator asks to be recorded."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from femo_tui.model.records import JsonValue


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

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "store_root": str(self.store_root)})

    @classmethod
    def from_json(cls, text: str) -> RecordRequest:
        body = json.loads(text)
        return cls(**{**body, "store_root": Path(body["store_root"])})

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
        for name, fact in self.environment.items():
            given += ["--fact", f"{name}={fact}"]
        return given
