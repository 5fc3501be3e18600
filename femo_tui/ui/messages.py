"""What workers post: the results of blocking calls, carried to the handlers that own the state."""

from __future__ import annotations

from textual.message import Message

from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.recorder.client import ActiveRun
from femo_tui.recorder.preflight_client import Check, PreflightClient
from femo_tui.ui.blocking.plans import PlannedRun
from femo_tui.ui.overview import Overview


class Followed(Message):
    """The recorder and its run as they stand now; a newer one takes this one's place."""

    def __init__(
        self,
        active: ActiveRun | None,
        snapshot: RunSnapshot | None,
        disk_free_bytes: int | None,
        took_s: float = 0.0,
    ) -> None:
        super().__init__()
        self.active, self.snapshot, self.disk_free_bytes = active, snapshot, disk_free_bytes
        self.took_s = took_s  # to read what is new; no difference by itself

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Followed)

    def differs_from(self, other: Followed) -> bool:
        """Return whether anything that is shown is another."""
        return (
            self.active != other.active
            or self.disk_free_bytes != other.disk_free_bytes
            or self.snapshot != other.snapshot
        )


class Looked(Message):
    """The catalog was read."""

    def __init__(self, overview: Overview) -> None:
        super().__init__()
        self.overview = overview


class NotLooked(Message):
    """The catalog could not be read; `text` says why."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Said(Message):
    """One sentence for the operator: why something was refused, or that it was done."""

    def __init__(self, text: str, *, refused: bool = False) -> None:
        super().__init__()
        self.text, self.refused = text, refused


class ProtocolsRead(Message):
    """The protocols of the store and of femo were read."""

    def __init__(self, protocols: tuple[StudyProtocol, ...], usual: str) -> None:
        super().__init__()
        self.protocols, self.usual = protocols, usual  # the study's own


class Planned(Message):
    """A run was looked up for a participant, or `problem` says why it cannot be."""

    def __init__(
        self, plan: PlannedRun | None, protocol: str, participant: str, problem: str = ""
    ) -> None:
        super().__init__()
        self.plan, self.protocol, self.participant = plan, protocol, participant
        self.problem = problem


class Pictured(Message):
    """The camera's newest picture; a newer one takes this one's place."""

    def __init__(self, picture: Thumbnail, client: PreflightClient) -> None:
        super().__init__()
        self.picture, self.client = picture, client

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Pictured)


class Checked(Message):
    """One line of the pre-flight has a new reading."""

    def __init__(self, check: Check, client: PreflightClient) -> None:
        super().__init__()
        self.check, self.client = check, client


class Started(Message):
    """The recorder records."""


class NotStarted(Message):
    """The recorder could not start; `text` is its own sentence."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
