"""A withdrawal in words: what will go, what femo cannot call back, what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from femo_tui.model.given_out import Export
from femo_tui.ui import words

if TYPE_CHECKING:
    from femo_tui.store.withdrawal import WithdrawalPlan, Withdrawn

_AFTER_DAY = " " * len("· 2026-11-22  ")


def title_of(plan: WithdrawalPlan) -> str:
    """Return what is taken back: `everything`, or some scopes."""
    return ", ".join(scope.value for scope in plan.scopes) or "everything"


def plan_lines(plan: WithdrawalPlan) -> list[Content]:
    """Return all that a withdrawal does and does not reach, part by part."""
    lines = [Content(""), Content.styled(f"{plan.code} takes back {title_of(plan)}", "bold")]
    lines += [Content.styled(f"! not now: {sentence}", "$error") for sentence in plan.blocked]
    lines += _part("Goes from this store, for good", _going(plan))
    lines += _part("Was given out: ask for it to be deleted", map(_export, plan.exports))
    backups = dict.fromkeys(backup.destination for backup in plan.backups)
    kept = (Content(f"femo backup {place} --forget-withdrawn") for place in backups)
    count = words.plural(len(plan.backups), "backup")
    lines += _part(f"Is in {count}: removed there by", kept)
    names = (Content(name) for name in plan.models)
    return [*lines, *_part("Learnt from it, and stale from then on", names)]


def _part(title: str, facts: Iterable[Content]) -> list[Content]:
    found = list(facts)
    if not found:
        return []
    return [Content(""), Content.styled(title, "$quiet bold"), *(Content("· ") + f for f in found)]


def _going(plan: WithdrawalPlan) -> list[Content]:
    lines = [
        Content(
            f"{words.plural(len(plan.runs), 'run')} with {words.plural(plan.files, 'file')},"
            f" {words.size(plan.bytes)}"
        )
    ]
    lines += [
        Content(f"{words.plural(count, noun)} {of_what}")
        for count, noun, of_what in (
            (plan.features, "feature", "of their faces"),
            (len(plan.trainings), "data set", "of a training"),
            (len(plan.results), "file", "of results that names them"),
            (len(plan.originals), "bundle", "that was brought in with them in it"),
        )
        if count
    ]
    if not plan.scopes:
        lines.append(Content("their entry; the code is never given again"))
    return lines


def _export(export: Export) -> Content:
    to = f"to {export.note or words.plural(len(export.recipients), 'key')}"
    if not export.note and not export.recipients:
        to = "no recipient was noted"
    told = f"{export.utc[:10]}  {export.level}, {to}"
    return Content.assemble(told, (f"\n{_AFTER_DAY}{export.file_name}", "$quiet"))


def withdrawn(done: Withdrawn) -> tuple[Content, Sequence[Content]]:
    """Return what came of it, and what is left to do by hand."""
    plan = done.plan
    lines = [Content(f"{words.plural(plan.files, 'file')}, {words.size(plan.bytes)}, are removed.")]
    if done.id:
        lines.append(Content(f"{done.id} stands for them from now on."))
    by_hand = [
        *(f"ask for {e.file_name} to be deleted where it went" for e in plan.exports),
        *dict.fromkeys(f"femo backup {b.destination} --forget-withdrawn" for b in plan.backups),
        *(f"{path} still names them: look at it" for path in done.still_named_in),
    ]
    if done.id:
        by_hand.append("remove their line from the identity file, if the lab keeps one")
    if by_hand:
        lines += _part("Left for you to do", map(Content, by_hand))
    return Content(f"{plan.code} took back {title_of(plan)}."), lines
