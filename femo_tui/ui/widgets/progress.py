"""A bar for long work: how far it has come, how fast, and how long it will still take."""

from __future__ import annotations

from textual.content import Content

from femo_tui.model.progress import Progress
from femo_tui.ui import words
from femo_tui.ui.widgets.lines import Lines

# A rate taken over less says nothing about the time left.
TRUSTED_AFTER_S = 1.0
TRUSTED_FROM = 0.01  # of the whole


class ProgressBar(Lines):
    """Draws a bar and, under it, the figures."""

    def show_progress(self, progress: Progress | None, elapsed_s: float) -> None:
        """Draw how far work has come after `elapsed_s`; None where it has not told yet."""
        self.show(progress_lines(progress, elapsed_s, self.content_size.width or 40))


def progress_lines(progress: Progress | None, elapsed_s: float, width: int) -> list[Content]:
    """Return the bar, then done, rate and time left; the rate is taken over all of it."""
    if progress is None or progress.total <= 0:
        bar = Content.styled("─" * width, "$rule")
        return [bar, Content.styled(f"… {words.clock(elapsed_s)}", "$quiet")]
    share = min(progress.done / progress.total, 1.0)
    filled = round(share * width)
    bar = Content.assemble(("━" * filled, "$accent"), ("─" * (width - filled), "$rule"))
    unit = "" if progress.unit == "bytes" else f" {progress.unit}"
    parts = [f"{_amount(progress.done, progress)} of {_amount(progress.total, progress)}{unit}"]
    if elapsed_s >= TRUSTED_AFTER_S and share >= TRUSTED_FROM:
        per_s = progress.done / elapsed_s
        parts.append(_rate(per_s, progress))
        parts.append(f"{words.clock((progress.total - progress.done) / per_s)} left")
    return [bar, Content("   ".join(parts))]


def _amount(count: int, progress: Progress) -> str:
    return words.size(count) if progress.unit == "bytes" else words.count(count)


def _rate(per_s: float, progress: Progress) -> str:
    if progress.unit == "bytes":
        return f"{words.size(round(per_s))}/s"
    return f"{per_s:.0f}/s" if per_s >= 10 else f"{per_s:.1f}/s"
