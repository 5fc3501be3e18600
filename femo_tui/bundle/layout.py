"""Names inside a bundle: a BagIt bag around a BIDS data set, one plain tar with one top folder.

    NAME/data/            the BIDS data set; all that the bag protects
    NAME/bag-info.txt  bagit.txt  manifest-sha256.txt  [signature.json]  tagmanifest-sha256.txt

Members stand in the order of their names' bytes, what lies in `data/` before the tag files. The
signature is over the bytes of the tag manifest, which lists all other tag files and not it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

BIDS_VERSION = "1.11.0"
BAGIT_VERSION = "1.0"

PAYLOAD = "data"
BAGIT, BAG_INFO = "bagit.txt", "bag-info.txt"
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
SIGNATURE = "signature.json"
TAG_FILES = (BAG_INFO, BAGIT, MANIFEST, SIGNATURE, TAG_MANIFEST)  # in the order of the tar

# Lines of `bag-info.txt` beside BagIt's own:
INFO_FORMAT, BUNDLE_FORMAT = "Femo-Bundle-Format", 1  # a reader refuses what is newer
INFO_LEVEL = "Femo-Level"
INFO_SIMULATED = "Femo-Simulated"  # yes or no
INFO_SIGNER = "Femo-Signer"  # of a signed bundle: so a signature that was taken away is missed

# Below `data/`:
DESCRIPTION, README, CHANGES = "dataset_description.json", "README.md", "CHANGES"
PARTICIPANTS, PARTICIPANTS_COLUMNS = "participants.tsv", "participants.json"
FACES = "sourcedata/faces"  # crops by run and class, and what is known of each in FRAMES_TABLE
FEMO = "sourcedata/femo"  # runs in femo's own formats: what an import takes
CLASSIC = "sourcedata/classic"  # the layout of 2018
DERIVED = "derivatives/femo"
FRAMES_TABLE = "frames.tsv"
# Below `derivatives/femo/`:
WINDOWS, QUALITY, LEFT_OUT = "windows.tsv", "quality.tsv", "left_out.tsv"
RUNS = "runs.tsv"  # each run, and whether a person chose it as the participant's primary one
COMPARISONS, VALUES = "comparisons.csv", "values.csv"
RESULTS_TEXT, RESULTS_JSON, METHODS = "results.txt", "results.json", "methods.md"
MODELS = "models"  # a card each

RUN_FOLDER = re.compile(
    r"sub-(?P<code>[A-Z][A-Z0-9]{0,11})/ses-(?P<session>\d{2,})/run-(?P<run>\d{2,})"
)
_NOT_IN_LABEL = re.compile("[^0-9A-Za-z]")


class Level(StrEnum):
    """How much of the data a bundle holds."""

    FULL = "full"
    NO_FACES = "no-faces"
    STATISTICS = "statistics"  # no signal: participants, figures of windows, results


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Where a run lies in a bundle: sessions are counted in the participant's own order."""

    code: str
    session: int
    run: int
    protocol: str

    @property
    def session_folder(self) -> str:
        return f"sub-{self.code}/ses-{self.session:02d}"

    @property
    def folder(self) -> str:
        """Return the run's folder below `sourcedata/faces` and `sourcedata/femo`."""
        return f"{self.session_folder}/run-{self.run:02d}"

    @property
    def where(self) -> str:
        """Return how the run is called where its participant is named beside it."""
        return f"ses-{self.session:02d}/run-{self.run:02d}"

    @property
    def task(self) -> str:
        return _NOT_IN_LABEL.sub("", self.protocol) or "unnamed"

    def beh(self, suffix: str) -> str:
        """Return the BIDS path of a file of this run, such as `beh("events.tsv")`."""
        stem = f"sub-{self.code}_ses-{self.session:02d}_task-{self.task}_run-{self.run:02d}"
        return f"{self.session_folder}/beh/{stem}_{suffix}"
