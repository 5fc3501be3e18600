"""The films in the pre-flight: looked at in a thread of their own, since big new ones take time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from femo_tui.errors import FemoError
from femo_tui.model.media import Finding, FindingLevel
from femo_tui.model.protocol import StudyProtocol
from femo_tui.recorder.assemble import films_beside
from femo_tui.recorder.films import check_films
from femo_tui.recorder.preflight_client import Check, CheckState
from femo_tui.recorder.request import RecordRequest

SAY_EVERY_S = 0.5  # how far the reading of a big film is


def start_films_check(
    request: RecordRequest, protocol: StudyProtocol, say: Callable[[Check], None]
) -> None:
    """Look at the films meanwhile; `say` is called from another thread, which ends by itself."""
    say(Check("films", CheckState.CHECKING, "looking at the films"))
    look = _FilmsCheck(request, protocol, say)
    threading.Thread(target=look.run, name="femo-films", daemon=True).start()


def films_verdict(findings: Sequence[Finding]) -> Check:
    """Return all that was found out about the films as one check."""
    all_films = {found.media for found in findings}
    refused = [found for found in findings if found.level is FindingLevel.REFUSE]
    warned = [found for found in findings if found.level is FindingLevel.WARN]
    fit = len(all_films - {found.media for found in refused})
    remedy = "; ".join(found.sentence for found in refused + warned)
    if refused:
        text = f"{fit} of {len(all_films)} can be shown"
        return Check("films", CheckState.MISSING, text, remedy=remedy)
    registered = {found.media for found in findings if found.facts.get("registered")}
    matching = ", hashes match" if registered else ""
    text = f"{fit} of {len(all_films)} found{matching}"
    return Check("films", CheckState.WARNING if warned else CheckState.OK, text, remedy=remedy)


class _FilmsCheck:
    def __init__(
        self, request: RecordRequest, protocol: StudyProtocol, say: Callable[[Check], None]
    ) -> None:
        self._request = request
        self._protocol = protocol
        self._say = say
        self._said_s = time.monotonic()

    def run(self) -> None:
        try:
            beside = films_beside(self._request)
            findings = check_films(
                self._protocol, self._request.store_root, beside, tell=self._tell
            )
        except FemoError as problem:
            what, _, remedy = str(problem).partition(": ")
            self._say(Check("films", CheckState.MISSING, what, remedy=remedy))
        else:
            self._say(films_verdict(findings))

    def _tell(self, media: str, read_bytes: int, all_bytes: int) -> None:
        now_s = time.monotonic()
        if now_s - self._said_s >= SAY_EVERY_S:
            self._said_s = now_s
            text = f"reading {media} for the first time: {100 * read_bytes / all_bytes:.0f} %"
            self._say(Check("films", CheckState.CHECKING, text))
