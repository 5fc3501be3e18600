"""Who a model learnt from is known, and whoever leaves makes it stale, wherever it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from femo_tui.errors import TrainingError
from femo_tui.training import client
from femo_tui.training.models import find_model, list_models
from tests.support.femo import Femo
from tests.support.trained import begin, evaluations, event, write_model, write_training


@pytest.fixture(scope="module")
def trained(recorded: Femo) -> Femo:
    """A store of three simulated people with a model."""
    recorded.ok("train", "--weights", "none")
    return recorded


def face_of(femo: Femo) -> str:
    return str(next(femo.store.glob("sessions/S01/*/run-01/faces/Happy_A/*/*_face.jpg")))


def test_a_models_participants_are_listed_and_its_card_names_their_consent(trained: Femo) -> None:
    told = trained.json("models", "participants", "m-01")
    assert (told["participants"], told["stale"]) == (["S01", "S02", "S03"], [])
    card = trained.ok("models", "show", "m-01")
    assert (
        "| S01 | face, gsr, keep, share-face, share-gsr, train; simulated | sessions/S01/" in card
    )
    assert "true ↓  predicted →" in card


def test_results_compare_what_a_model_confuses(trained: Femo) -> None:
    told = trained.json("results", "--model", "m-01")
    families = [row["family"] for row in told["comparisons"]]
    labels = [row["comparison"] for row in told["comparisons"]]
    assert 1 <= families.count("confused") <= 3
    assert len(set(labels)) == len(labels)  # none of them stands a second time among all pairs
    assert "confused by model m-01 on people it has not seen" in told["methods"]
    shown = trained.ok("results", "--model", "m-01")
    assert "Exploratory: confused by model m-01 on people it has not seen (" in shown


def test_an_unknown_model_is_one_sentence(trained: Femo) -> None:
    for name in ("m-77", "../m-01", "none"):
        done = trained.run("classify", name, face_of(trained))
        assert done.returncode == 2
        assert "known are m-01" in done.stderr


def test_an_image_that_cannot_be_read_fails_by_name(trained: Femo, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    done = trained.run("classify", "m-01", str(tmp_path / "bad.jpg"), face_of(trained))
    assert done.returncode == 1
    assert "bad.jpg" in done.stderr.splitlines()[-1]
    assert "faces/" in done.stdout  # the other one was told


def test_who_takes_consent_back_makes_the_model_stale_everywhere(trained: Femo) -> None:
    before = trained.run("classify", "m-01", face_of(trained))
    assert (before.returncode, "STALE" in before.stderr) == (0, False)
    trained.ok("participant", "edit", "S02", "--consent", "gsr,face")
    why = "S02 no longer consents to train"
    assert trained.json("models")[0]["stale"] == [why]
    assert f"STALE: {why}" in trained.ok("models")
    for args in (
        ("models", "show", "m-01"),
        ("models", "participants", "m-01"),
        ("classify", "m-01", face_of(trained)),
    ):
        done = trained.run(*args)
        assert done.returncode == 0
        assert "m-01 is STALE" in done.stderr
        assert why in done.stderr
    assert trained.json("classify", "m-01", face_of(trained))["stale"] == [why]
    trained.ok("train", "--weights", "none")
    fresh = trained.json("models")[1]
    assert (fresh["participants"], fresh["stale"]) == (["S01", "S03"], [])


def test_a_model_whose_figures_do_not_add_up_is_named(tmp_path: Path) -> None:
    write_model(tmp_path, "m-01", evaluations())
    path = tmp_path / "models" / "m-01" / "model.json"
    body = json.loads(path.read_bytes())
    body["validations"][0]["confusion"] = [[94.4, 5.6], [0, 100]]
    path.write_text(json.dumps(body), "utf-8")
    shelf = list_models(tmp_path, ())
    assert shelf.models == ()
    assert [one.name for one in shelf.damaged] == ["m-01"]
    with pytest.raises(TrainingError, match=r"models/m-01/model\.json cannot be read"):
        find_model(tmp_path, "m-01", ())


@pytest.mark.parametrize(
    ("text", "why"), [("{", "Expecting property name"), ("{}", "'validations' is missing")]
)
def test_a_damaged_model_hides_no_other(femo: Femo, text: str, why: str) -> None:
    for name in ("m-01", "m-02", "m-03"):
        write_model(femo.store, name, evaluations())
    damaged = femo.store / "models" / "m-02" / "model.json"
    damaged.write_text(text, "utf-8")
    done = femo.run("models")
    assert done.returncode == 0
    names = [line.split()[0] for line in done.stdout.splitlines()[1:]]
    assert names == ["m-01", "m-03", "m-02"]
    assert done.stdout.splitlines()[-1].split() == ["m-02", "DAMAGED"]
    (told,) = done.stderr.splitlines()
    assert told.startswith(f"! model m-02 is damaged: {damaged} cannot be read ({why}")
    assert told.endswith("; restore its folder from a backup, or remove it")
    assert [one.get("error") for one in femo.json("models")] == [None, None, told[2:]]
    assert femo.run("models", "participants", "m-03").returncode == 0
    refused = femo.run("evaluate", "m-02", str(femo.store))
    assert (refused.returncode, refused.stderr) == (1, f"femo: {told[2:]}\n")


def test_a_line_of_a_journal_that_is_none_is_passed_over(tmp_path: Path) -> None:
    good, bad = (event(2.0, "validation", **one.to_json()) for one in evaluations()[:2])
    bad["confusion"] = [[94.4, 5.6], [0, 100]]
    run_dir = write_training(tmp_path, [begin(), good, bad, event(3.0, "note", text="went on")])
    now = client.look(tmp_path, run_dir)
    assert len(now.validations) == 1
    assert now.notes == ("went on",)
