"""Pictures of what leaves the store and enters it, and of consent that is taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from femo_tui.bundle.backup.check import BackupChecked
from femo_tui.bundle.backup.making import BackedUp
from femo_tui.bundle.incoming.importing import ImportResult
from femo_tui.bundle.incoming.verifying import BundleReport, Trust
from femo_tui.bundle.layout import Level
from femo_tui.model.participants import Scope
from femo_tui.store.catalog import Catalog
from femo_tui.store.imported import IMPORTED, PLAIN, Imported, write_import_facts
from femo_tui.store.withdrawal import Withdrawn
from femo_tui.store.withdrawn import WithdrawnPerson, write_withdrawn
from femo_tui.ui.blocking.share_jobs import ExportDone, ExportLook, ExportWish, Stays, TypedText
from femo_tui.ui.screens.bringing_in import AskBundle, CodesForm, brought_in, verified
from femo_tui.ui.screens.export_form import ExportForm, Typed
from femo_tui.ui.screens.export_look import ExportLookScreen
from femo_tui.ui.screens.giving_out import given_out
from femo_tui.ui.screens.keeping import BackupForm, backed_up, checked
from femo_tui.ui.screens.reassign import AskWhose
from femo_tui.ui.screens.told import Told
from femo_tui.ui.screens.withdraw import HowMuch, WithdrawScreen
from femo_tui.ui.widgets.withdrawal_lines import withdrawn
from tests.ui.given_out import BACKUP, DISK, EXPORTS, KEY, OUT, PEOPLE, SHA256, SIGNER, plan
from tests.ui.lab import Lab, person
from tests.ui.pictures import SMALL, Pictures, Scene, prepare, still
from tests.ui.still import console
from tests.ui.waits import until

DARK = ("80x24", "120x40")  # for what differs in its words alone


@pytest.fixture
def sharing_lab(busy_lab: Lab) -> Lab:
    """The busy lab with two bundles given out, two brought in, and a backup."""
    with Catalog.open(busy_lab.root, busy_lab.clock) as catalog:
        for export in EXPORTS:
            catalog.note_export(export)
        catalog.note_backup(BACKUP)
    bring_in(busy_lab, "4d2b1c0a9f8e7d6c", "2026-11-20T10:00:00Z", SIGNER, "quito")
    bring_in(busy_lab, "9f8e7d6c4d2b1c0a", "2026-11-21T08:30:00Z", SIGNER, None)
    return busy_lab


def bring_in(lab: Lab, name: str, utc: str, signer: str | None, trusted_as: str | None) -> None:
    folder = lab.root / IMPORTED / name
    folder.mkdir(parents=True)
    write_import_facts(
        folder,
        Imported(
            *(name, "emotions-in-quito-no-faces", PLAIN, SHA256, SHA256, signer, trusted_as),
            *("no-faces", False, utc, "ada", {"S01": "Q01", "S02": "Q02"}),
        ),
    )


def over(area: str, screen: Callable[[], Screen[Any]], *keys: str) -> Scene:
    """Go to an area, put a screen over it, press keys there."""

    async def scene(pilot: Pilot[None]) -> None:
        await prepare(area)(pilot)
        shown = screen()
        pilot.app.push_screen(shown)
        await until(pilot, lambda: pilot.app.screen is shown)
        await pilot.press(*keys)
        await still(pilot)

    return scene


# --- share -------------------------------------------------------------------------------------


async def test_share(pictures: Pictures, sharing_lab: Lab) -> None:
    await pictures(console(sharing_lab), prepare("8"))


async def test_share_without_colour(
    pictures: Pictures, sharing_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    await pictures(console(sharing_lab), prepare("8"), SMALL)


async def test_share_before_anything(pictures: Pictures, new_lab: Lab) -> None:
    await pictures(console(new_lab), prepare("8"), DARK)


@pytest.mark.parametrize("way", ["given out", "brought in", "backed up"])
async def test_all_of_one(pictures: Pictures, sharing_lab: Lab, way: str) -> None:
    down = {"given out": 0, "brought in": 1, "backed up": 3}[way]
    await pictures(console(sharing_lab), prepare("8", *["down"] * down, "enter"), DARK)


# --- given out ---------------------------------------------------------------------------------

FILLED = Typed(
    *("full", "S09, S10", "2026-11-01", "", "wile2018", "~/keys/quito.pub", False, "lab"),
    *("lab of Quito", True, f"~/{OUT.name}"),
)
WISH = ExportWish(OUT, "full", recipients=(KEY,))
STAYS = (
    Stays("S04", "faces", "consent does not cover face and share-face"),
    Stays("S09", "ses-01/run-01", "not finished: end it, or close it with femo recover"),
    Stays("S10", "Stress_S", "not accepted (1)"),
    Stays("", "free text", "4 texts stay in the lab"),
)
TEXTS = (
    TypedText("S03", "", "note", "wears glasses", ""),
    TypedText("S05", "ses-01/run-01", "marker", "coughs, then laughs at the operator", ""),
    TypedText("S05", "ses-01/run-01", "reason", "beard", ""),
    TypedText("S11", "", "note", "write to s.x@example.org", "an e-mail address is in it"),
)
LOOK = ExportLook(
    *("film-and-face-full", PEOPLE, 12, 5_952, 41_000_000, False, (KEY,), SIGNER, STAYS, TEXTS, "")
)


@pytest.mark.parametrize("state", ["filled", "refused"])
async def test_what_is_given_out(pictures: Pictures, sharing_lab: Lab, state: str) -> None:
    problem = "participant S99 is not registered; see `femo participant list`"
    said = problem if state == "refused" else ""
    looks = DARK if said else ("80x24", "120x40", "80x24-light")
    form = lambda: ExportForm(FILLED, ("lab",), said)  # noqa: E731
    await pictures(console(sharing_lab), over("8", form), looks)


async def test_what_would_go(pictures: Pictures, sharing_lab: Lab) -> None:
    await pictures(console(sharing_lab), over("8", lambda: ExportLookScreen(WISH, LOOK)))


async def test_the_texts_that_would_go(pictures: Pictures, sharing_lab: Lab) -> None:
    screen = lambda: ExportLookScreen(WISH, LOOK)  # noqa: E731
    await pictures(console(sharing_lab), over("8", screen, "t", "end", "a"), DARK)


async def test_a_bundle_that_may_not_be_written(pictures: Pictures, sharing_lab: Lab) -> None:
    why = "5952 pictures of faces would leave the lab readable by anybody: name who may open them"
    look = ExportLook(*("", PEOPLE, 12, 5_952, 41_000_000, True, (), "", STAYS, (), why))
    wish = ExportWish(OUT, "full")
    await pictures(console(sharing_lab), over("8", lambda: ExportLookScreen(wish, look)), DARK)


async def test_a_bundle_is_written(pictures: Pictures, sharing_lab: Lab) -> None:
    done = ExportDone(OUT, SHA256, 41_200_000, 11, 12, 5_952, 1, SIGNER, 4, 3, simulated=False)
    await pictures(console(sharing_lab), over("8", lambda: Told(*given_out(done))), DARK)


# --- brought in --------------------------------------------------------------------------------


def report(trust: Trust, *faults: str) -> BundleReport:
    return BundleReport(
        path=Path("/media/usb/quito.tar"),
        encrypted=False,
        name="emotions-in-quito-no-faces",
        study="Emotions in Quito",
        format=1,
        level=Level.NO_FACES,
        simulated=False,
        trust=trust,
        signer=None if trust is Trust.NONE else SIGNER,
        trusted_as="quito" if trust is Trust.TRUSTED else None,
        content_sha256=SHA256,
        participants=("S01", "S02"),
        sessions=2,
        runs=3,
        faces=0,
        files=61,
        size_bytes=2_300_000,
        faults=faults,
    )


async def test_which_bundle(pictures: Pictures, sharing_lab: Lab) -> None:
    path, problem = "/media/usb/quito.ta", "/media/usb/quito.ta: there is no such file"
    ask = lambda: AskBundle("Bring which bundle in?", path, problem)  # noqa: E731
    await pictures(console(sharing_lab), over("8", ask), DARK)


@pytest.mark.parametrize("trust", [Trust.TRUSTED, Trust.UNKNOWN, Trust.NONE])
async def test_a_bundle_verifies(pictures: Pictures, sharing_lab: Lab, trust: Trust) -> None:
    looks = DARK if trust is Trust.UNKNOWN else SMALL
    told = lambda: Told(*verified(report(trust)))  # noqa: E731
    await pictures(console(sharing_lab), over("8", told), looks)


async def test_a_bundle_does_not_verify(pictures: Pictures, sharing_lab: Lab) -> None:
    faults = (
        "data/participants.tsv: changed since the bundle was made",
        "data/sub-S01/ses-01/beh/sub-S01_ses-01_task-wile2018_run-01_physio.tsv.gz: missing, or"
        " listed twice",
        *(f"data/extra-{number}.txt: not in the manifest" for number in range(12)),
    )
    told = lambda: Told(*verified(report(Trust.UNKNOWN, *faults)))  # noqa: E731
    await pictures(console(sharing_lab), over("8", told))


async def test_codes_that_are_taken(pictures: Pictures, sharing_lab: Lab) -> None:
    sentences = {
        "S09": "S09 of the bundle is not S09 of this store (age 23 there, 41 here): give them"
        " another code: --as-code S09=X01",
        "S10": "S10 is a code of this store, too, and nothing tells whether it is the same person:"
        " if so, say --as-code S10=S10, else give another code: --as-code S10=X01",
    }
    form = lambda: CodesForm(sentences, {})  # noqa: E731
    await pictures(console(sharing_lab), over("8", form, "X", "0", "1"), DARK)


async def test_a_bundle_is_in_the_store(pictures: Pictures, sharing_lab: Lab) -> None:
    note = (
        "3 runs (X01 run-01, S10 run-01, S10 run-02) are of protocol quick; this study's is"
        " wile2018: `femo results` leaves them out"
    )
    done = ImportResult(
        *(report(Trust.UNKNOWN), "9f8e7d6c4d2b1c0a", SHA256, Path("imported/9f8e7d6c4d2b1c0a")),
        participants={"S09": "X01", "S10": "S10"},
        registered=("X01",),
        runs=("a", "b", "c"),
        known_runs=("d",),
        notes=(note,),
    )
    await pictures(console(sharing_lab), over("8", lambda: Told(*brought_in(done))), DARK)


# --- backups -----------------------------------------------------------------------------------


async def test_where_the_backup_goes(pictures: Pictures, sharing_lab: Lab) -> None:
    problem = f"{DISK}: holds backups of another store; name another folder"
    await pictures(
        console(sharing_lab), over("8", lambda: BackupForm(str(DISK), "", problem)), DARK
    )


async def test_the_store_is_backed_up(pictures: Pictures, sharing_lab: Lab) -> None:
    left = ("S12/2026-11-22T101200/run-01: is being recorded; it goes with the next backup",)
    done = BackedUp(
        *(DISK, "20261122T101200Z", 18_204, 214_000_000, 3_101, 41_000_000, False),
        *(PEOPLE, left, ()),
    )
    await pictures(console(sharing_lab), over("8", lambda: Told(*backed_up(done))), DARK)


@pytest.mark.parametrize("state", ["whole", "damaged"])
async def test_backups_read_again(pictures: Pictures, sharing_lab: Lab, state: str) -> None:
    mend = "remove it, and the next backup writes it again if the store still has it"
    faults = (f"objects/56/{SHA256}: changed since it was written; {mend}",)
    found = BackupChecked(
        *(DISK, False, True, ("20261116T190200Z", "20261122T101200Z"), 18_204, 214_000_000),
        faults if state == "damaged" else (),
    )
    looks = DARK if state == "damaged" else SMALL
    await pictures(console(sharing_lab), over("8", lambda: Told(*checked(found))), looks)


# --- consent taken back ------------------------------------------------------------------------


async def test_how_much_is_taken_back(pictures: Pictures, busy_lab: Lab) -> None:
    ask = lambda: HowMuch(person("S10"))  # noqa: E731
    await pictures(console(busy_lab), over("2", ask, "down", "down", "space"), DARK)


async def test_what_goes_with_a_consent(pictures: Pictures, busy_lab: Lab) -> None:
    await pictures(console(busy_lab), over("2", lambda: WithdrawScreen(plan())))


async def test_a_withdrawal_that_cannot_be_now(pictures: Pictures, busy_lab: Lab) -> None:
    why = "S10/2026-11-22T081200/run-01 is being recorded: end it, then take back consent"
    screen = lambda: WithdrawScreen(plan(scopes=(Scope.FACE,), blocked=(why,)))  # noqa: E731
    await pictures(console(busy_lab), over("2", screen), DARK)


async def test_what_is_left_to_do_by_hand(pictures: Pictures, busy_lab: Lab) -> None:
    done = Withdrawn(plan(), "w-86fd535f", ("sessions/S11/2026-11-22T091200/run-01/run.jsonl",))
    await pictures(console(busy_lab), over("2", lambda: Told(*withdrawn(done))), DARK)


async def test_people_of_whom_one_withdrew(pictures: Pictures, busy_lab: Lab) -> None:
    gone = WithdrawnPerson("w-86fd535f", "S08", 8, "2026-11-20T10:00:00Z", "ada")
    write_withdrawn(busy_lab.root, gone)
    await pictures(console(busy_lab), prepare("2"), SMALL)


async def test_whose_run_it_is(pictures: Pictures, busy_lab: Lab) -> None:
    ask = lambda: AskWhose("S09 run-01", [person("S10"), person("S12")])  # noqa: E731
    await pictures(console(busy_lab), over("5", ask, "S", "1", "2"), DARK)
