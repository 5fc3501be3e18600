"""Stores in a temporary folder for the console, and what its pictures are compared with."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from femo_tui.model.participants import Scope, Sex
from femo_tui.model.run_state import RunStatus
from femo_tui.model.study import Study
from femo_tui.store.study import write_study
from femo_tui.ui.widgets import figures
from tests.support.pressed import watch_keys
from tests.support.trained import FACE
from tests.ui.faces import astronaut, half_dark
from tests.ui.lab import NOON, PROTOCOL, Lab, finished, person
from tests.ui.pictures import Pictures
from tests.ui.training_store import SURVEY

watch_keys()


@pytest.fixture
def pictures(snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> Pictures:
    monkeypatch.setattr(figures, "SLOW_READING_S", 60.0)  # a busy machine is none of the states
    return Pictures(snapshot)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A study of four participants, nobody of whom was recorded yet."""
    lab = Lab(tmp_path / "store")
    write_study(lab.root, Study(title="Film and face", planned_n=24, consent_form_version="2"))
    lab.register(
        person("S09", age=41, sex=Sex.M),
        person("S10", age=23, notes="wears glasses"),
        person("S11", age=35, sex=Sex.X, scopes=frozenset({Scope.GSR, Scope.KEEP})),
        person("S12", age=29),
    )
    return lab


@pytest.fixture
def busy_lab(lab: Lab) -> Lab:
    """The lab with a run that was lost, a complete one, and a simulated one that was stopped."""
    lost = lab.begin("S09", NOON - timedelta(days=1, hours=1))
    lost.steps(0, 4)
    lost.step(PROTOCOL.steps[4], stop_after_s=21.0)
    lost.vanish()
    done = lab.begin("S10", NOON - timedelta(hours=2))
    done.steps(0, len(PROTOCOL.steps))
    done.finish(RunStatus.COMPLETE, "the protocol is complete")
    short = lab.begin("S11", NOON - timedelta(hours=1), simulated=True)
    short.steps(0, 6)
    short.finish(RunStatus.STOPPED, "stopped by ada")
    return lab


@pytest.fixture
def new_lab(tmp_path: Path) -> Lab:
    """A study with nobody in it."""
    lab = Lab(tmp_path / "store")
    write_study(lab.root, Study(title="Film and face"))
    return lab


@pytest.fixture
def run_dir(lab: Lab) -> Path:
    """A sealed run in the lab, with faces and a note that somebody typed."""
    return finished(lab, face_jpeg=half_dark())


@pytest.fixture
def recorded(lab: Lab, run_dir: Path) -> Lab:
    """The lab with that run in it, which is of S10."""
    return lab


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where a store of the results is written."""
    return tmp_path / "store"


@pytest.fixture
def stand(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The lab with one participant more, and a data set that is counted at once."""
    lab.register(person("S13"))
    monkeypatch.setattr("femo_tui.ui.blocking.training.survey", lambda request: SURVEY)
    face = lab.root / FACE
    face.parent.mkdir(parents=True)
    face.write_bytes(astronaut())
    return lab
