"""The tour of a demonstration: what one sees, and what to press next, by what has happened.

A stage is over once it was seen in this console; a caption leads to the first one that is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from textual.screen import Screen

from femo_tui.model.run_state import RunState
from femo_tui.ui import status, words
from femo_tui.ui.keys import KeyOf
from femo_tui.ui.screens.modal import Over

if TYPE_CHECKING:
    from femo_tui.ui.app import FemoApp

AnyScreen: TypeAlias = Screen[object]


@dataclass(frozen=True, slots=True)
class Press:
    """A key by what it is called in the key table, or by itself; without one there is to wait."""

    key: str
    does: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said of what one sees; without keys of its own the caption leads on."""

    text: str
    presses: tuple[Press, ...] = ()
    is_over: bool = False  # the stage


@dataclass(frozen=True, slots=True)
class Stage:
    """One thing to see: on which screens, the key that leads there, what is said of it.

    Screens go by the names of their classes: each is imported when it is first gone to.
    """

    screens: tuple[str, ...]
    way: Press
    say: Callable[[FemoApp, AnyScreen], Remark | None]  # None: not its screen, or not yet known


def _watch(app: FemoApp, _: AnyScreen) -> Remark | None:
    run = app.snapshot
    if run is None:
        if app.active is not None:
            return _wait("The recorder, a process of its own, opens its devices.", "a moment")
        has_looked = app.disk_free_bytes is not None
        return Remark("Nothing is being recorded.", is_over=True) if has_looked else None
    if app.recording is None:
        return Remark(
            "Over and sealed: every file has its hash, and can only be read.", is_over=True
        )
    if run.state is RunState.AWAITING_VERDICT:
        return Remark("The gate: whether this window counts.", (Press("", "answer it above"),))
    length = words.clock(sum(step.duration_s or 0.0 for step in run.steps))
    mark = Press("run.mark", f"mark this moment, or watch: the run takes {length}")
    if any(window.verdict for window in run.windows):
        return Remark(
            "accepted: the window met the protocol's thresholds. Others ask you.", (mark,)
        )
    who = status.participant_of(run)
    return Remark(f"{who}, simulated, is being recorded: the steps, the skin, the face.", (mark,))


def _look_through(_: FemoApp, screen: AnyScreen) -> Remark | None:
    match type(screen).__name__:
        case "RunScreen":
            text = "Each window: what of it is valid, its mean, its faces, the verdict."
            return Remark(text, is_over=True)
        case "RunsScreen":
            text = "Every run, the newest first. None is ever overwritten."
            return Remark(text, (Press("run.look", "look at one, window by window"),))
    return None


def _train(_: FemoApp, screen: AnyScreen) -> Remark | None:
    from femo_tui.ui.screens.train import TrainScreen

    if not isinstance(screen, TrainScreen) or screen.models is None:
        return None
    if screen.running:
        text = "A fold leaves one person out, and asks the model about them alone."
        return _wait(text, "some seconds; the trainer outlives this console")
    if screen.models:
        text = "By participant: people it has never seen. The study's way flatters."
        return Remark(text, is_over=True)
    text = "A model of the faces, from the windows that were accepted."
    return Remark(text, (Press("train.start", "train it; here it takes seconds"),))


def _ask(_: FemoApp, screen: AnyScreen) -> Remark | None:
    from femo_tui.ui.screens.results import ResultsScreen

    if not isinstance(screen, ResultsScreen) or screen.results is None:
        return None
    hidden = f"p waits for the planned n ({screen.key_of('results.show-p')})"
    p = "p as SPSS prints it" if screen.results.p_shown else hidden
    return Remark(f"Effects, intervals, {p}. SIMULATED: nobody felt them.", is_over=True)


def _give_out(_: FemoApp, screen: AnyScreen) -> Remark | None:
    from femo_tui.ui.screens.share import ShareScreen

    if not isinstance(screen, ShareScreen) or screen.book is None:
        return None
    text = "What leaves the lab is a bundle: BagIt outside, BIDS inside, no femo needed."
    if screen.book.exports:
        return Remark(text, is_over=True)
    return Remark(text, (Press("bundle.export", "give a bundle out"),))


def _verify(_: FemoApp, screen: AnyScreen) -> Remark | None:
    from femo_tui.ui.screens.share import ShareScreen

    if not isinstance(screen, ShareScreen):
        return None
    if screen.has_verified:
        return Remark(
            "Verified: the bundle is whole, and unchanged since it was made.", is_over=True
        )
    text = "It is noted whom the bundle holds. Who receives it verifies it first."
    return Remark(text, (Press("bundle.verify", "verify it"),))


def _is_refused(screen: AnyScreen) -> bool:
    from femo_tui.ui.screens.export_look import ExportLookScreen

    return isinstance(screen, ExportLookScreen) and screen.is_refused


def _wait(text: str, how_long: str) -> Remark:
    return Remark(text, (Press("", f"wait {how_long}"),))


STAGES = (
    Stage(("LiveScreen",), Press("screen.live", "watch the run"), _watch),
    Stage(
        ("RunsScreen", "RunScreen"),
        Press("screen.runs", "look through what was recorded"),
        _look_through,
    ),
    Stage(("TrainScreen",), Press("screen.train", "train a model on the faces"), _train),
    Stage(("ResultsScreen",), Press("screen.results", "ask the study's question"), _ask),
    Stage(
        ("ShareScreen", "ExportLookScreen"), Press("screen.share", "give the study out"), _give_out
    ),
    Stage(("ShareScreen",), Press("screen.share", "verify the bundle"), _verify),
)
# Remark on what a stage leads through, and on what lies over a screen.
ON_THE_WAY = {
    "ExportForm": Remark(
        "Faces leave encrypted, or open on purpose; without them anybody may read it.",
        (Press("pick.after", "leave faces out, then"), Press("bundle.keep", "look what would go")),
    ),
    "ExportLookScreen": Remark(
        "Nothing has left yet. What stays in the lab is named, with its reason.",
        (Press("bundle.write", "write the bundle"),),
    ),
    "AskBundle": Remark("The bundle that was just written.", (Press("enter", "read it"),)),
    "Told": Remark("", (Press("told.back", "back"),)),
    "LongWork": _wait("", "a moment"),
    "HelpScreen": Remark("Every key, where it works.", (Press("help.back", "back"),)),
}


def refused(key: KeyOf) -> Remark:
    """Return the way out of a look at faces that may not leave as they are: none is written."""
    leaves_out = f"back; there {key('pick.after')} leaves faces out"
    text = "Faces stay in the lab unless somebody is named who may open them."
    return Remark(text, (Press("bundle.form", leaves_out),))


# Remark on what the tour does not lead through.
BESIDE = {
    "HomeScreen": "Home: what needs you today, and the one next thing to do.",
    "PeopleScreen": "People: codes, never names, and what each of them agreed to.",
    "SetupScreen": "Set up: person, protocol, devices. Nothing starts before it is seen.",
}
END = 'That was a whole study. Yours begins with: femo study init --title "…"'
LEAVE = Press("app.leave", "leave; femo demo says where this one lies")


@dataclass(frozen=True, slots=True)
class Caption:
    """What the tour says now: of which stage, what one sees, what to press."""

    stage: int  # from 1; one more than there are once all were seen
    text: str
    presses: tuple[Press, ...]


class Tour:
    """Remembers which stages are over."""

    def __init__(self) -> None:
        self._over: set[Stage] = set()

    def caption(self, app: FemoApp) -> Caption:
        """Return what is said of what the console shows now."""
        behind = next(one for one in reversed(app.screen_stack) if not isinstance(one, Over))
        name, on_top = type(behind).__name__, type(app.screen).__name__
        told = {stage: said for stage in STAGES if (said := stage.say(app, behind)) is not None}
        self._over |= {stage for stage, said in told.items() if said.is_over}
        left = [stage for stage in STAGES if stage not in self._over]
        here = [stage for stage in STAGES if name in stage.screens]
        stage = next((one for one in here if one in left), here[-1] if here else None)
        said = Remark(BESIDE.get(name, "")) if stage is None else told.get(stage, Remark(""))
        shown = STAGES.index(stage or (left or STAGES[-1:])[0]) + 1
        if on_top in ON_THE_WAY:
            way = refused(app.key_of) if _is_refused(app.screen) else ON_THE_WAY[on_top]
            return Caption(shown, way.text or said.text, way.presses)
        if app.screen is not behind:
            return Caption(shown, said.text, ())  # another question, which names its own keys
        if stage in left:
            return Caption(shown, said.text, said.presses)
        if left:
            return Caption(shown, said.text, (left[0].way,))
        return Caption(len(STAGES) + 1, END, (LEAVE,))
