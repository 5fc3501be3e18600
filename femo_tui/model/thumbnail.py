"""A small grey picture of the camera, for the operator's eyes only: it is never stored."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from femo_tui.errors import MalformedRecord
from femo_tui.model.records import Box, JsonValue


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A frame made small, with where the face is in it."""

    t_s: float
    width: int
    height: int
    grey: bytes = field(repr=False)  # width × height levels, row by row
    box: Box | None  # the face, in pixels of this picture

    def to_json(self) -> dict[str, JsonValue]:
        box = self.box
        return {
            "t_s": self.t_s,
            "width": self.width,
            "height": self.height,
            "grey": base64.b64encode(self.grey).decode(),
            "box": None if box is None else [box.x, box.y, box.w, box.h],
        }

    @classmethod
    def from_json(cls, body: Mapping[str, object]) -> Thumbnail:
        """Read what `to_json` made.

        Raises:
            MalformedRecord: it is something else.
        """
        try:
            width, height = int(str(body["width"])), int(str(body["height"]))
            grey = base64.b64decode(str(body["grey"]), validate=True)
            box = body["box"]
            if len(grey) != width * height or not isinstance(box, list | None):
                raise ValueError("its size is another")
            at = None if box is None else Box(*(int(side) for side in box))
            return cls(float(str(body["t_s"])), width, height, grey, at)
        except (ValueError, KeyError, TypeError) as problem:
            raise MalformedRecord(f"not a picture: {problem}") from None
