"""Bundles and backups, done by keys on a real store on a disk."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from femo_tui.bundle.incoming.verifying import verify_bundle
from femo_tui.bundle.keys import keys_folder, new_keys
from femo_tui.bundle.layout import Level
from femo_tui.bundle.outgoing.export import export
from femo_tui.bundle.outgoing.selection import ExportRequest
from femo_tui.errors import Cancelled
from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Sex
from femo_tui.model.progress import Progress, unheard
from femo_tui.model.study import Study
from femo_tui.store.catalog import Catalog
from femo_tui.store.study import write_study
from femo_tui.store.verify import verify_run
from femo_tui.ui.app import FemoApp
from femo_tui.ui.blocking.share_jobs import ExportWish
from femo_tui.ui.blocking.sharing import ShareRoom
from femo_tui.ui.screens.bringing_in import AskBundle, CodesForm
from femo_tui.ui.screens.dialogs import Confirm
from femo_tui.ui.screens.export_form import ExportForm
from femo_tui.ui.screens.export_look import ExportLookScreen
from femo_tui.ui.screens.home import HomeList
from femo_tui.ui.screens.keeping import BackupForm
from femo_tui.ui.screens.share import ShareScreen, ShareTable
from femo_tui.ui.screens.told import Told
from tests.ui.by_keys import BUSY_S, at, on, type_into
from tests.ui.lab import NOON, Lab, person
from tests.ui.shown import keys, told
from tests.ui.still import console
from tests.ui.waits import until


def options(app: FemoApp) -> str:
    """Return what Home offers."""
    return "\n".join(str(option.prompt) for option in app.screen.query_one(HomeList).options)


async def give_out(app: FemoApp, pilot: Pilot[None], out: Path, recipient: str = "") -> None:
    """Fill the form in and look."""
    await pilot.press("e")
    await on(pilot, ExportForm)
    await type_into(pilot, "#out", str(out))
    await type_into(pilot, "#recipients", recipient)
    await type_into(pilot, "#note", "the other lab")
    await pilot.press("ctrl+s")
    await pilot.pause()


async def test_a_bundle_is_given_out_and_verified(recorded: Lab, tmp_path: Path) -> None:
    pair = new_keys("lab", keys_folder())
    out = tmp_path / "given.tar"
    async with at(recorded, "8") as (app, pilot):
        await until(pilot, lambda: "Given out   nothing yet" in told(app))
        await give_out(app, pilot, out, recipient=str(pair.public_file))
        await on(pilot, ExportLookScreen)
        assert "1 person · 1 run" in told(app)
        assert "opened by 1 key · signed" in told(app)
        await pilot.press("enter")
        await on(pilot, Told)
        assert "The bundle is written." in told(app)
        assert "encrypted: 1 key can open it; signed" in told(app)
        await pilot.press("enter")
        await until(pilot, lambda: "1 bundle · 1 person" in told(app))
        table = app.screen.query_one(ShareTable)
        assert table.item is not None
        assert table.item.of.operator == "ada"
        await pilot.press("v")
        await on(pilot, AskBundle)
        await type_into(pilot, "Input", str(out))
        await pilot.press("enter")
        await on(pilot, Told)
        assert "This bundle verifies" in told(app)
        assert "whom nobody here vouches for" in told(app)
    found = verify_bundle(out)
    assert (found.holds, found.participants, found.encrypted) == (True, ("S10",), True)
    with Catalog.open(recorded.root) as catalog:
        assert [export.note for export in catalog.exports()] == ["the other lab"]


async def test_a_bundle_of_another_lab_is_brought_in(recorded: Lab, tmp_path: Path) -> None:
    out = signals_of(recorded, tmp_path)
    elsewhere = another_lab(tmp_path)
    async with at(elsewhere, "8") as (app, pilot):
        await bring_in(pilot, out)
        await on(pilot, Told)
        assert "1 run of 1 participant, 1 of them new" in told(app)
        await pilot.press("enter")
        await until(pilot, lambda: "1 whose signer nobody vouches for" in told(app))
    with Catalog.open(elsewhere.root) as catalog:
        (run,) = catalog.runs()
    assert run.participant == "S10"
    assert verify_run(elsewhere.root / run.run_dir) == []


def signals_of(lab: Lab, tmp_path: Path) -> Path:
    """Return a bundle of a lab, without its faces."""
    out = tmp_path / "signals.tar"
    export(lab.root, out, ExportRequest(level=Level.NO_FACES), "ada")
    return out


def another_lab(tmp_path: Path) -> Lab:
    lab = Lab(tmp_path / "elsewhere")
    write_study(lab.root, Study(title="Elsewhere"))
    return lab


async def bring_in(pilot: Pilot[None], bundle: Path) -> None:
    """Ask for a bundle to be brought in, and agree once it is verified."""
    await pilot.press("i")
    await on(pilot, AskBundle)
    await type_into(pilot, "Input", str(bundle))
    await pilot.press("enter")
    await on(pilot, Confirm)
    await pilot.press("y")


async def test_typed_texts_go_only_after_the_last_one_was_looked_at(
    recorded: Lab, tmp_path: Path
) -> None:
    out = tmp_path / "open.tar"
    async with at(recorded, "8") as (app, pilot):
        await give_out(app, pilot, out)
        await on(pilot, ExportLookScreen)
        assert "would leave the lab readable by anybody" in told(app)
        await pilot.press("enter")  # does nothing: faces would lie open
        assert "write it" not in keys(app)
        await pilot.press("escape")
        await on(pilot, ExportForm)
        await pilot.press(*["down"] * 7, "space", "ctrl+s")
        await on(pilot, ExportLookScreen)
        assert "Write the bundle without the texts" in told(app)
        await pilot.press("a")
        await pilot.press("t")
        await until(pilot, lambda: "wears glasses" in told(app))
        assert "a add texts" not in keys(app)
        await pilot.press("end")
        await until(pilot, lambda: "Anna coughs" in told(app))
        await until(pilot, lambda: "a add texts" in keys(app))
        await pilot.press("a")
        await until(pilot, lambda: "Write the bundle with" in told(app))
        await pilot.press("enter")
        await on(pilot, Told)
    assert b"Anna coughs" in out.read_bytes()


def test_a_look_at_a_bundle_names_what_its_level_keeps_in_the_lab(
    recorded: Lab, tmp_path: Path
) -> None:
    room = ShareRoom(console(recorded).desk)
    wish = ExportWish(tmp_path / "x.tar", "no-faces", open_to_all=True)
    found = room.look(wish, unheard)
    assert [(one.what, one.reason) for one in found.stays[:2]] == [
        ("faces", "level no-faces"),
        ("free text", "level no-faces"),
    ]


def test_an_export_that_is_cancelled_leaves_nothing(recorded: Lab, tmp_path: Path) -> None:
    def cancel(progress: Progress) -> None:
        if progress.unit == "files":
            raise Cancelled("cancelled")

    folder = tmp_path / "out"
    folder.mkdir()
    room = ShareRoom(console(recorded).desk)
    with pytest.raises(Cancelled):
        room.export(ExportWish(folder / "x.tar", "full", open_to_all=True), cancel)
    assert list(folder.iterdir()) == []
    with Catalog.open(recorded.root) as catalog:
        assert catalog.exports() == []


async def test_a_form_that_cannot_be_comes_again_and_says_why(
    recorded: Lab, tmp_path: Path
) -> None:
    async with at(recorded, "8") as (app, pilot):
        await pilot.press("e")
        await on(pilot, ExportForm)
        await type_into(pilot, "#out", "somewhere.tar")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "write the whole path" in told(app))
        await type_into(pilot, "#out", str(tmp_path / "x.tar"))
        await type_into(pilot, "#who", "s99")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "participant S99 is not registered" in told(app), BUSY_S)
        await type_into(pilot, "#who", "S10")
        await type_into(pilot, "#key", "nobody")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "femo keys new nobody" in told(app))
    assert not (tmp_path / "x.tar").exists()


async def test_a_code_that_is_taken_is_asked_for_and_another_one_given(
    recorded: Lab, tmp_path: Path
) -> None:
    out = signals_of(recorded, tmp_path)
    elsewhere = another_lab(tmp_path)
    elsewhere.register(person("S10", age=60, sex=Sex.X))
    async with at(elsewhere, "8") as (app, pilot):
        await bring_in(pilot, out)
        await on(pilot, CodesForm)
        assert "is not S10 of this store" in told(app)
        assert "--as-code" not in told(app)
        await pilot.press("enter")
        await until(pilot, lambda: "write a code for them" in told(app))
        await pilot.press(*"x01", "enter")
        await on(pilot, Told)
        assert "S10 of the bundle is X01 here" in told(app)
    with Catalog.open(elsewhere.root) as catalog:
        assert [run.participant for run in catalog.runs()] == ["X01"]


async def test_a_bundle_that_was_changed_is_not_brought_in(recorded: Lab, tmp_path: Path) -> None:
    changed = tmp_path / "changed.tar"
    changed.write_bytes(b"no tar at all" * 100)
    async with at(recorded, "8") as (app, pilot):
        await pilot.press("i")
        await on(pilot, AskBundle)
        await type_into(pilot, "Input", str(tmp_path / "none.tar"))
        await pilot.press("enter")
        await until(pilot, lambda: "none.tar: " in told(app), BUSY_S)
        await type_into(pilot, "Input", str(changed))
        await pilot.press("enter")
        await on(pilot, Told)
        assert "This bundle does not verify." in told(app)
    assert not (recorded.root / "imported").exists()


async def test_home_leads_to_a_backup_which_is_read_again_and_found_damaged(
    recorded: Lab, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    with Catalog.open(recorded.root) as catalog:
        before = len(catalog.backups())
    recorded.clock = VirtualClock(t_s=5000.0, utc=NOON + timedelta(days=9))
    async with at(recorded, "home") as (app, pilot):
        assert "The last backup is 9 days old" in options(app)
        await pilot.press("enter")
        await on(pilot, BackupForm)
        await type_into(pilot, "#destination", str(recorded.root / "inside"))
        await pilot.press("enter")
        await until(pilot, lambda: "lies in the store itself" in told(app), BUSY_S)
        await type_into(pilot, "#destination", str(disk))
        await pilot.press("enter")
        await on(pilot, Told)
        assert "The store is backed up." in told(app)
        assert f"femo restore {disk} --store NEW" in told(app)
        await pilot.press("enter")
        table = app.screen.query_one(ShareTable)

        def made() -> list[str]:
            return [e.key for e in table.items if getattr(e.of, "destination", "") == str(disk)]

        await until(pilot, lambda: len(made()) == 1)
        table.point_at(made()[0])
        await pilot.press("c")
        await on(pilot, Told)
        assert "All is as it was written." in told(app)
        await pilot.press("enter")
        await on(pilot, ShareScreen)
        harmed = next(path for path in (disk / "objects").rglob("*") if path.is_file())
        harmed.chmod(0o600)
        harmed.write_bytes(b"x" + harmed.read_bytes())
        await pilot.press("c")
        await on(pilot, Told)
        assert "These backups are damaged." in told(app)
    with Catalog.open(recorded.root) as catalog:
        assert len(catalog.backups()) == before + 1


async def test_the_home_of_nobody_is_a_path_like_any_other(recorded: Lab) -> None:
    """`~name/` is the home of a user; a name that is mistyped ended the console."""
    async with at(recorded, "8") as (app, pilot):
        await pilot.press("v")
        await on(pilot, AskBundle)
        await type_into(pilot, "Input", "~nobody-here/x.tar")
        await pilot.press("enter")
        await until(pilot, lambda: "~nobody-here/x.tar: " in told(app), BUSY_S)
        await pilot.press("escape", "e")
        await on(pilot, ExportForm)
        await type_into(pilot, "#out", "~nobody-here/x.tar")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "write the whole path" in told(app))
