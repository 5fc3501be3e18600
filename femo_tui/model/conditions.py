"""Emotion and elicitation, and the classes that the two make."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Elicitation(StrEnum):
    """How the emotion comes about."""

    SPONTANEOUS = "S"
    ACTED = "A"


@dataclass(frozen=True, slots=True)
class Condition:
    """What a step is meant to bring about: an emotion, elicited one way."""

    emotion: str  # lower case: neutral, happy, stress, boredom, or the protocol's own
    elicitation: Elicitation

    @property
    def class_name(self) -> str:
        """Return the class as the study writes it, such as `Happy_S`."""
        return f"{self.emotion.capitalize()}_{self.elicitation.value}"


NEUTRAL = "neutral"  # the emotion that others are held against
STUDY_EMOTIONS = (NEUTRAL, "happy", "stress", "boredom")
