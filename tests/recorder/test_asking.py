"""Questions on the participant's screen: answers shown, changed, kept, and never lost."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from femo_tui.devices.base import Page
from femo_tui.devices.player_none import NoPlayer
from femo_tui.errors import IllegalCommand
from femo_tui.model.clock import VirtualClock
from femo_tui.model.events import Rating, RunEvent
from femo_tui.model.protocol import Scale, ScaleLook, Step, StepKind
from femo_tui.model.records import PlayerEvent, PlayerMoment
from femo_tui.recorder.asking_step import SHOWN_FOR_S, UNREAD_S, AskingStep
from femo_tui.recorder.stage import Stage

ORIGIN_S = 1000.0
SEEN = Scale("seen", {"en": "Seen before?", "es": "¿La vio?"}, 0, 1, ScaleLook.YES_NO)
VALENCE = Scale(
    "valence",
    {"en": "How did you feel?", "es": "¿Cómo se sintió?"},
    1,
    9,
    ScaleLook.SAM_VALENCE,
    {"en": "very unpleasant", "es": "muy desagradable"},
    {"en": "very pleasant", "es": "muy agradable"},
)
STRESS = Scale("stress", {"en": "How much stress?"}, 0, 8)


class Screen(NoPlayer):
    """Keeps the page that is shown, and whether it is covered."""

    def __init__(self) -> None:
        self.page = Page()
        self.covered_by = ""

    def show(self, page: Page) -> None:
        self.page, self.covered_by = page, ""

    def set_paused(self, paused: bool, notice: str = "") -> None:
        self.covered_by = notice if paused else ""


@dataclass
class Log:
    ratings: list[Rating] = field(default_factory=list)

    def event(self, event: RunEvent) -> None:
        assert isinstance(event, Rating)
        self.ratings.append(event)

    def told(self) -> list[tuple[str, int | None, str]]:
        return [(r.scale, r.value, r.source) for r in self.ratings]


class Asked:
    """A participant before three questions, at virtual time."""

    def __init__(self, *, duration_s: float | None = None, language: str = "en") -> None:
        self.clock = VirtualClock(ORIGIN_S)
        self.screen, self.log = Screen(), Log()
        stage = Stage(self.clock, ORIGIN_S, self.log, self.screen, language, {})
        step = Step("how", StepKind.RATING, duration_s, scales=(SEEN, VALENCE, STRESS))
        self.step = AskingStep(stage, step, 1, "happy")
        self.step.begin()
        self.wait(UNREAD_S)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.step.hear(PlayerEvent(self.clock.now_s(), PlayerMoment.KEY, key=key))

    def wait(self, for_s: float = SHOWN_FOR_S) -> None:
        """Let time pass, calling the step when it wants to be."""
        until_s = self.clock.now_s() + for_s
        while self.step.ended is None and (due_s := self.step.deadline_s()) <= until_s:
            self.clock.sleep_until(due_s)
            self.step.reach(due_s)
        self.clock.sleep_until(until_s)

    def answer(self, *keys: str) -> None:
        """Press each key once its question was read, and look at what it did."""
        for key in keys:
            self.wait(UNREAD_S)
            self.press(key)
            self.wait()

    def shown(self) -> tuple[str, int | None]:
        """Return the question on the screen, and which answer is marked as given."""
        assert self.screen.page.question is not None
        return self.screen.page.text, self.screen.page.question.chosen


def test_each_answer_is_shown_before_the_next_question() -> None:
    asked = Asked()
    assert asked.shown() == ("Seen before?", None)
    assert asked.screen.page.corner == "1 / 3"
    asked.press("N")
    assert asked.shown() == ("Seen before?", 0)
    asked.wait(SHOWN_FOR_S - 0.01)
    assert asked.shown() == ("Seen before?", 0)
    asked.wait(0.01)
    assert asked.shown() == ("How did you feel?", None)
    asked.answer("7", "0")
    assert asked.step.ended == "complete"
    assert asked.log.told() == [
        ("seen", 0, "participant"),
        ("valence", 7, "participant"),
        ("stress", 0, "participant"),
    ]
    assert asked.step.answers == {"seen": 0, "valence": 7, "stress": 0}


def test_the_question_speaks_the_participants_language() -> None:
    asked = Asked(language="es")
    assert asked.screen.page.footer == "Pulse N o S"
    question = asked.screen.page.question
    assert question is not None
    assert (question.low_text, question.high_text) == ("No", "Sí")
    asked.answer("S")
    assert asked.log.told() == [("seen", 1, "participant")]
    question = asked.screen.page.question
    assert question is not None
    assert (question.low_text, question.high_text) == ("muy desagradable", "muy agradable")
    assert "Retroceso" in asked.screen.page.footer


def test_a_slip_is_put_right_while_it_is_shown() -> None:
    asked = Asked()
    asked.press("1", "0")
    asked.wait()
    assert asked.log.told() == [("seen", 1, "participant"), ("seen", 0, "participant")]
    assert asked.shown() == ("How did you feel?", None)


def test_a_key_that_is_pressed_twice_does_not_answer_the_next_question() -> None:
    asked = Asked()
    asked.answer("1")
    asked.wait(UNREAD_S - 0.01)
    asked.press("1")
    assert asked.shown() == ("How did you feel?", None)
    asked.wait(0.01)
    asked.press("1")
    assert asked.shown() == ("How did you feel?", 1)


def test_a_key_that_was_pressed_before_the_question_stood_there_is_no_answer() -> None:
    asked = Asked()
    asked.step.begin()
    asked.press("1")
    assert asked.shown() == ("Seen before?", None)
    assert asked.log.told() == []


def test_backspace_holds_an_answer_that_was_just_given() -> None:
    asked = Asked()
    asked.press("1", "BACKSPACE")
    asked.wait(60)
    assert asked.shown() == ("Seen before?", 1)
    assert asked.step.answers == {}  # it may yet be changed
    asked.answer("SPACE")
    assert asked.shown() == ("How did you feel?", None)


def test_going_back_and_changing_an_answer_writes_it_again() -> None:
    asked = Asked()
    asked.answer("1", "7")
    asked.press("BACKSPACE")
    assert asked.shown() == ("How did you feel?", 7)
    assert "Space bar: keep it" in asked.screen.page.footer
    asked.press("BACKSPACE", "BACKSPACE")
    assert asked.shown() == ("Seen before?", 1)
    asked.answer("SPACE")  # kept; what is answered already is passed over
    assert asked.shown() == ("How much stress?", None)
    asked.press("BACKSPACE")
    asked.answer("2", "8")
    assert asked.step.ended == "complete"
    assert [(r.scale, r.value) for r in asked.log.ratings] == [
        ("seen", 1),
        ("valence", 7),
        ("valence", 2),
        ("stress", 8),
    ]


def test_keys_that_are_no_answer_change_nothing() -> None:
    asked = Asked()
    asked.press("5", "SPACE", "ENTER", "BACKSPACE")
    asked.answer("1")
    asked.press("0", "Y", "N")
    assert asked.shown() == ("How did you feel?", None)
    assert asked.log.told() == [("seen", 1, "participant")]


def test_a_time_limit_keeps_what_was_answered() -> None:
    asked = Asked(duration_s=5.0)
    asked.answer("1")
    asked.press("BACKSPACE")
    asked.wait(10)
    assert asked.step.ended == "complete"
    assert asked.log.told() == [
        ("seen", 1, "participant"),
        ("valence", None, "timeout"),
        ("stress", None, "timeout"),
    ]
    assert asked.log.ratings[-1].t_s == 5.0


def test_a_cut_keeps_what_was_answered() -> None:
    asked = Asked()
    asked.press("1")  # and not yet shown for long enough
    asked.step.cut(asked.clock.now_s(), "redo")
    assert asked.step.ended == "redo"
    assert asked.step.answers == {"seen": 1}
    assert asked.log.told() == [
        ("seen", 1, "participant"),
        ("valence", None, "redo"),
        ("stress", None, "redo"),
    ]


def test_a_pause_covers_the_question_and_takes_no_keys() -> None:
    asked = Asked(duration_s=5.0)
    asked.press("1")
    asked.step.pause(asked.clock.now_s())
    assert asked.screen.covered_by == "One moment, please"
    asked.press("0")
    asked.wait(60)
    asked.step.resume(asked.clock.now_s())
    assert asked.screen.covered_by == ""
    asked.wait()
    assert asked.shown() == ("How did you feel?", None)
    assert asked.step.ended is None  # the pause is not counted against the time limit
    assert asked.log.told() == [("seen", 1, "participant")]


def test_the_operator_answers_in_any_order() -> None:
    asked = Asked()
    asked.step.answer("stress", 4, asked.clock.now_s(), "operator")
    assert asked.shown() == ("Seen before?", None)
    asked.answer("N")
    asked.step.answer("valence", 9, asked.clock.now_s(), "operator")
    assert asked.shown() == ("How did you feel?", 9)
    asked.wait()
    assert asked.step.ended == "complete"
    assert [(r.scale, r.source) for r in asked.log.ratings] == [
        ("stress", "operator"),
        ("seen", "participant"),
        ("valence", "operator"),
    ]
    for scale, value, why in (("anger", 1, "is not asked"), ("valence", 10, "takes 1 to 9")):
        with pytest.raises(IllegalCommand, match=why):
            asked.step.answer(scale, value, asked.clock.now_s(), "operator")


def test_a_screen_that_comes_back_asks_on() -> None:
    asked = Asked()
    asked.answer("1")
    asked.step.pause(asked.clock.now_s())
    asked.screen.show(Page())  # a new window, black
    asked.step.lose_screen(asked.clock.now_s(), "player_died")
    assert asked.shown() == ("How did you feel?", None)
    assert asked.screen.covered_by == "One moment, please"
