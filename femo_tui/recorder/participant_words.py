"""What femo itself says to the participant, in the languages it speaks; English for all others."""

from __future__ import annotations

from typing import Final, TypeAlias

from femo_tui.devices.base import Page
from femo_tui.model.protocol import say

Phrase: TypeAlias = "dict[str, str]"  # language → what is said; `model.protocol.say` reads it

SEE_KEYS: Final = frozenset({"SPACE"})  # ENTER is left out: a film is not consented to by habit
LEAVE_OUT_KEYS: Final = frozenset({"N", "BACKSPACE"})

WARNING_HEADING: Final[Phrase] = {
    "en": "About the next film",
    "es": "Sobre la próxima película",
}
WARNING_KEYS: Final[Phrase] = {
    "en": "Space bar: see the film\nN: leave it out",
    "es": "Barra espaciadora: ver la película\nN: no verla",
}
WARNING_RIGHT: Final[Phrase] = {
    "en": "You may leave it out. Nothing follows from that.",
    "es": "Puede no verla, sin ninguna consecuencia.",
}
YES: Final[Phrase] = {"en": "Yes", "es": "Sí"}
NO: Final[Phrase] = {"en": "No", "es": "No"}
YES_NO_KEYS: Final[Phrase] = {
    "en": "Press N or Y",  # as the boxes stand; Y and S are taken in every language
    "es": "Pulse N o S",
}
NUMBER_KEYS: Final[Phrase] = {
    "en": "Press a number key",
    "es": "Pulse una tecla de número",
}
KEEP_HINT: Final[Phrase] = {
    "en": "Another key changes your answer     Space bar: keep it",
    "es": "Otra tecla cambia su respuesta     Barra espaciadora: dejarla así",
}
ONE_MOMENT: Final[Phrase] = {"en": "One moment, please", "es": "Un momento, por favor"}
BACK_HINT: Final[Phrase] = {
    "en": "Backspace: the question before",
    "es": "Retroceso: la pregunta anterior",
}


def warning_page(warning: str, language: str) -> Page:
    """Return the page that warns of a film and lets the participant leave it out.

    Keys in SEE_KEYS mean that it is seen, those in LEAVE_OUT_KEYS that it is not.
    """
    said = (
        say(WARNING_HEADING, language),
        warning,
        say(WARNING_RIGHT, language),
        say(WARNING_KEYS, language),
    )
    return Page(text="\n\n".join(said))
