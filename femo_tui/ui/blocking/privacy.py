"""The console's way to taking consent back and to giving a run to whose it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.model.participants import Scope
from femo_tui.model.progress import Report, unheard
from femo_tui.ui.blocking.child import Acting, in_child
from femo_tui.ui.blocking.desk import Desk

if TYPE_CHECKING:
    from femo_tui.store.reassign import Reassigned
    from femo_tui.store.withdrawal import WithdrawalPlan, Withdrawn


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Whose consent is taken back, and to what."""

    acting: Acting
    code: str
    scopes: tuple[Scope, ...]  # none: everything


@dataclass(frozen=True, slots=True)
class Given:
    """Which run is given to whom, and how it came."""

    acting: Acting
    run_dir: Path
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class PrivacyRoom:
    """One store, on behalf of one operator."""

    desk: Desk

    def plan(self, code: str, scopes: Collection[Scope], report: Report) -> WithdrawalPlan:
        """Look what a withdrawal would do; nothing is changed."""
        return in_child(plan, TakenBack(self.desk.acting, code, tuple(scopes)), report)

    def withdraw(self, code: str, scopes: Collection[Scope], report: Report) -> Withdrawn:
        """Do it; there is no way back."""
        return in_child(withdraw, TakenBack(self.desk.acting, code, tuple(scopes)), report)

    def reassign(self, run_dir: Path, code: str, reason: str) -> Reassigned:
        """Give a run to the participant whose it is; raises FemoError in one sentence."""
        return in_child(reassign, Given(self.desk.acting, run_dir, code, reason), unheard)


# --- in a process of its own ------------------------------------------------------------------


def plan(asked: TakenBack, report: Report) -> WithdrawalPlan:
    """Look what a withdrawal would do."""
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.withdrawal import plan_withdrawal

    with Catalog.open(asked.acting.root) as catalog:
        return plan_withdrawal(catalog, asked.code, asked.scopes, report)


def withdraw(asked: TakenBack, report: Report) -> Withdrawn:
    """Take consent back."""
    from femo_tui.model.clock import HostClock
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.withdrawal import withdraw as take_back

    acting = asked.acting
    with Catalog.open(acting.root) as catalog:
        clock = HostClock()
        return take_back(catalog, asked.code, asked.scopes, acting.operator, clock, report)


def reassign(asked: Given, _: Report) -> Reassigned:
    """Give a run to the participant whose it is."""
    from femo_tui.model.clock import HostClock
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.reassign import reassign as give

    acting, clock = asked.acting, HostClock()
    with Catalog.open(acting.root) as catalog:
        run_dir, code = asked.run_dir, asked.code
        return give(catalog, run_dir, code, acting.operator, clock, reason=asked.reason)
