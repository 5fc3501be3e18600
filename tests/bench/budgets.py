"""The budgets of the design, each with the figure of a bench that is held against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Figures = dict[str, Any]  # what a bench prints with --json


@dataclass(frozen=True, slots=True)
class Bench:
    """A bench to run once for all its lines; `{weights}` in its words is the file of weights."""

    name: str
    words: tuple[str, ...]

    @property
    def command(self) -> str:
        return " ".join(("python -m", *self.words)).format(weights="FILE")


STARTUP = Bench("startup", ("tests.bench.startup",))
CONSOLE = Bench("console", ("tests.bench.console",))
CONSOLE_LARGE = Bench(
    "console-large", ("tests.bench.console", "--sessions", "1000", "--hours", "2")
)
LINE = Bench("line", ("tests.bench.line",))
HOME = Bench("home", ("tests.bench.home",))
CAPTURE = Bench("capture", ("tests.bench.capture",))
SOAK = Bench("soak", ("tests.soak.soak",))
TRAINING = Bench("training", ("tests.bench.training", "--weights", "{weights}"))
WILCOXON = Bench("wilcoxon", ("tests.bench.wilcoxon",))
BUNDLE = Bench("bundle", ("tests.bench.bundle",))


@dataclass(frozen=True, slots=True)
class Budget:
    """One line of the table: a figure, what it may be at the most, and what stands beside it.

    With `of_baseline` the budget is one on the ratio to the baseline, not on the figure.
    """

    what: str
    bench: Bench
    figure: str
    unit: str
    at_most: float
    baseline: str = ""  # the key of its figure
    beside: str = ""  # what the baseline is, in words
    of_baseline: bool = False

    def value(self, figures: Figures) -> float:
        return float(figures[self.figure])

    def ratio(self, figures: Figures) -> float | None:
        """Return the figure over the baseline's, None where there is none to hold it against."""
        base = float(figures[self.baseline]) if self.baseline else 0.0
        return self.value(figures) / base if base else None

    def held(self, figures: Figures) -> bool:
        ratio = self.ratio(figures)
        if self.of_baseline:
            return ratio is not None and ratio <= self.at_most
        return self.value(figures) <= self.at_most


BUDGETS = (
    Budget(
        *("time of `femo --version`", STARTUP, "version_s", "s", 0.10),
        *("python_s", "a bare Python"),
    ),
    Budget(
        *("console, first paint", STARTUP, "console_first_paint_s", "s", 0.6),
        *("textual_hello_first_paint_s", "Textual's smallest app"),
    ),
    Budget(
        *("key to paint during a run, p95", CONSOLE, "key_to_paint_p95_ms", "ms", 50),
        *("key_to_paint_p95_ms_hello", "Textual's smallest app"),
    ),
    Budget(
        "… beside 1 000 sessions, two hours into a run",
        *(CONSOLE_LARGE, "key_to_paint_p95_ms", "ms", 50),
        *("key_to_paint_p95_ms_hello", "Textual's smallest app"),
    ),
    Budget(
        *("console's memory during a run", CONSOLE, "memory_mb", "MB", 90),
        *("memory_mb_hello", "Textual's smallest app"),
    ),
    Budget(
        *("… beside 1 000 sessions, two hours into a run", CONSOLE_LARGE, "memory_mb", "MB", 90),
        *("memory_mb_hello", "Textual's smallest app"),
    ),
    Budget("console's CPU during a run", CONSOLE, "cpu_percent_of_a_core", "% of a core", 5),
    Budget(
        "… beside 1 000 sessions, two hours into a run",
        *(CONSOLE_LARGE, "cpu_percent_of_a_core", "% of a core", 5),
    ),
    Budget(
        *("Live over the line, 120×40", LINE, "120x40", "kB/s", 3),
        *("sparkline", "Textual's stock sparkline"),
    ),
    Budget(
        *("… 80×24", LINE, "80x24", "kB/s", 3),
        *("sparkline", "Textual's stock sparkline"),
    ),
    Budget(
        *("home of 1 000 sessions, asked to painted", HOME, "full_home_s", "s", 0.3),
        *("empty_home_s", "home of one session"),
    ),
    Budget(
        *("capture at 10 FPS of 720×480 and 10 Hz", CAPTURE, "femo_cores", "core", 0.15),
        *("loop_2018_cores", "the loop of 2018"),
    ),
    Budget(
        *("… against the loop of 2018", CAPTURE, "femo_cores", "core", 1 / 10),
        *("loop_2018_cores", "the loop of 2018", True),
    ),
    Budget(
        *("GSR stamps at 10 Hz, p99", CAPTURE, "femo_stamp_error_p99_ms", "ms", 2),
        *("loop_2018_stamp_error_p99_ms", "the loop of 2018"),
    ),
    Budget(
        "1 kHz, 30 FPS, a film, a console, 30 minutes: samples lost",
        *(SOAK, "samples_missing", "", 0),
    ),
    Budget("… frames lost", SOAK, "frames_missing", "", 0),
    Budget(
        *("… GSR stamps, p99", SOAK, "stamp_error_p99_ms", "ms", 2),
        *("sensor_late_p99_ms", "the stand-in sensor's own lateness"),
    ),
    Budget(
        *("… console's memory at its end", SOAK, "console_rss_end_mb", "MB", 90),
        *("console_rss_begin_mb", "at the begin"),
    ),
    Budget(
        "training on 1 840 images, from JPEG to evaluation",
        *(TRAINING, "to_study_evaluation_s", "s", 1 / 15),
        *("keras_took_s", "Keras with a frozen base, 10 epochs", True),
    ),
    Budget(
        *("… from cached features", TRAINING, "cached_s", "s", 1 / 300),
        *("keras_took_s", "Keras with a frozen base, 10 epochs", True),
    ),
    Budget("… first word", TRAINING, "first_word_s", "s", 0.5),
    Budget("… cancel, the longest of ten", TRAINING, "cancel_longest_s", "s", 0.05),
    Budget(
        "… trainer's memory, children with TensorFlow apart",
        *(TRAINING, "trainer_peak_mb", "MB", 160, "keras_peak_mb", "Keras"),
    ),
    Budget(
        *("22 folds by participant, cached", TRAINING, "lopo_s", "s", 1 / 3),
        *("sklearn_s", "scikit-learn's LogisticRegression", True),
    ),
    Budget(
        "six comparisons of 50 pairs, exact and Hodges–Lehmann included",
        *(WILCOXON, "six_comparisons_s", "s", 0.2, "scipy_z_and_p_s", "SciPy's Z and p alone"),
    ),
    Budget("results of 1 000 participants", WILCOXON, "results_s", "s", 2),
    Budget(
        *("export of 18 000 files", BUNDLE, "export_s", "s", 2),
        *("by_hand_s", "`sha256sum` and `tar`", True),
    ),
    Budget(
        *("… as a command, with femo's start", BUNDLE, "export_command_s", "s", 2),
        *("by_hand_s", "`sha256sum` and `tar`", True),
    ),
    Budget(
        *("verify of the same bundle", BUNDLE, "verify_s", "s", 2),
        *("by_hand_s", "`sha256sum` and `tar`", True),
    ),
    Budget(
        *("… as a command, with femo's start", BUNDLE, "verify_command_s", "s", 2),
        *("by_hand_s", "`sha256sum` and `tar`", True),
    ),
)
BENCHES = tuple(dict.fromkeys(budget.bench for budget in BUDGETS))
