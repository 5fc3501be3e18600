"""What may stand on a page, by the rules that hold for whatever can be handed to somebody.

A page in the store's `exports/` is the lab's own, and a withdrawal removes it. One that is written
elsewhere leaves the lab: it obeys what a bundle obeys.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from femo_tui.bundle.outgoing.shift import DateShift
from femo_tui.bundle.outgoing.texts import TextRule, names_of_this_place
from femo_tui.model.participants import Participant, Scope, refused

UNSHIFTED = DateShift(timedelta(0))
# A verdict's reason as the gate writes it: criteria that were missed. Nobody typed that.
_CRITERION = r"[a-z_]+ [\w.]+ \(need [\w.]+(?:; [^()@]*)?\)"
_BY_THE_GATE = re.compile(rf"{_CRITERION}(?:, {_CRITERION})*")
_BEFORE_TYPED = frozenset({"accepted", "accepted_with_reason", "failed", "redo", "discarded"})


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one page."""

    leaves: bool  # it is written outside the store
    texts: TextRule  # notes, markers, reasons
    facts: TextRule  # what somebody typed of room and electrodes
    shift: DateShift = UNSHIFTED

    @classmethod
    def of(
        cls,
        *,
        leaves: bool,
        looked_at: bool,
        operators: Iterable[str] = (),
        shift: DateShift = UNSHIFTED,
    ) -> Rules:
        """Return the rules; typed texts go once somebody `looked_at` them, facts stay home only."""
        names = {*operators, *names_of_this_place()}
        return cls(
            leaves,
            TextRule(allowed=looked_at, names=names),
            TextRule(allowed=looked_at or not leaves, names=names),
            shift if leaves else UNSHIFTED,
        )

    def no_conductance(self, person: Participant | None, then: Collection[str]) -> str:
        """Return why skin conductance does not stand on it, empty if it may.

        Args:
            person: as the catalog has them now.
            then: the scopes consented to when it was recorded.
        """
        share = (Scope.SHARE_GSR,) if self.leaves else ()
        return refused(person, then, Scope.GSR, now=share)

    def no_faces(self, person: Participant | None, then: Collection[str]) -> str:
        """Return why faces do not: a face on a page is out of the lab's hands once it is shown."""
        return refused(person, then, Scope.FACE, now=(Scope.SHARE_FACE,))

    def reason(self, text: str) -> str:
        """Return why a verdict was given, empty where somebody typed it and nobody looked."""
        return text if _BY_THE_GATE.fullmatch(text) else self.texts.told(text)

    def why_left_out(self, reason: str) -> str:
        """Return why something is not in the results, without what somebody typed."""
        head, colon, typed = reason.partition(": ")
        if not colon or head not in _BEFORE_TYPED:
            return reason
        told = self.reason(typed)
        return f"{head}: {told}" if told else head

    def utc(self, text: str) -> str:
        return text if self.shift == UNSHIFTED else self.shift.utc(text)
