"""What processes cost, CPU time of a whole tree and memory of each; and which is the player."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Cost:
    """A process and its children up to now: CPU time, resident memory of each by its name."""

    cpu_s: float
    rss_mb: float  # of the process itself
    children_rss_mb: float


def cost_of(pid: int, *, without: str = "mpv") -> Cost | None:
    """Return what a process and its children have cost, None once it has ended.

    Children whose name is `without` are left out: the film is not the recorder's work.
    """
    try:
        process = psutil.Process(pid)
        children = [c for c in process.children(recursive=True) if c.name() != without]
        times = process.cpu_times()
        cpu_s = times.user + times.system
        children_mb = 0.0
        for child in children:
            spent = child.cpu_times()
            cpu_s += spent.user + spent.system
            children_mb += child.memory_info().rss / MEGABYTE
        return Cost(cpu_s, process.memory_info().rss / MEGABYTE, children_mb)
    except psutil.NoSuchProcess:
        return None


def player_of(recorder_pid: int) -> psutil.Process:
    """Return the mpv that shows films; the one that was started before it is black, behind it."""
    children = psutil.Process(recorder_pid).children(recursive=True)
    return max((c for c in children if c.name() == "mpv"), key=lambda child: child.create_time())
