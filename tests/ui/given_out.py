"""Bundles and a backup that a lab has outside, and a withdrawal that reaches them."""

from __future__ import annotations

from pathlib import Path

from femo_tui.model.given_out import Backup, Export
from femo_tui.model.participants import Scope
from femo_tui.store.withdrawal import WithdrawalPlan

KEY = "age1x8anjdtwqrw59cwhp4tdm52nuxs0p3wst0p5yezvkk7nrq3wu5jqjnqfcy"
SIGNER = "ed25519:WwZkG2abeWa+qqVVoNueDbbI9i8nGb988HwHRgD8C58="
SHA256 = "56dfccd2c117ad7355ac026cc75f225944398e74bf5db61c44201c2fa10fbd2f"
OUT = Path("/home/ada/film-and-face-2026-11-22-full.tar")
DISK = Path("/media/backup/femo")
PEOPLE = tuple(f"S{number:02d}" for number in range(1, 12))
EXPORTS = (
    Export("2026-11-12T15:20:00Z", "ada", "pilot.tar", SHA256, "statistics", (), "", PEOPLE),
    Export("2026-11-22T09:41:00Z", "eva", OUT.name, SHA256, "full", (KEY,), "lab of Quito", PEOPLE),
)
BACKUP = Backup("2026-11-16T19:02:00Z", "ada", str(DISK), "20261116T190200Z", ("S09", "S10", "S11"))


def plan(*, scopes: tuple[Scope, ...] = (), blocked: tuple[str, ...] = ()) -> WithdrawalPlan:
    return WithdrawalPlan(
        code="S10",
        scopes=scopes,
        runs=("sessions/S10/2026-11-22T081200/run-01",),
        files=1_204,
        bytes=9_800_000,
        features=480,
        models=("m-01",),
        trainings=("training/t-01",),
        results=(),
        originals=("9f8e7d6c4d2b1c0a",),
        exports=EXPORTS,
        backups=(BACKUP,),
        blocked=blocked,
    )
