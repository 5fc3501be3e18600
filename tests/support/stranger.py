"""Opens a bundle that somebody sent and makes its primary result again: pandas, and no femo.

    python stranger.py BUNDLE [IDENTITY]

An encrypted bundle is opened with the `age` tool. Prints one JSON object a comparison of the
primary family, computed from `windows.tsv` alone.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile

import pandas as pd  # noqa: TID253 - a script of its own


def windows_of(bundle: str, identity: str | None) -> pd.DataFrame:
    """Return the table of windows."""
    if identity is None:
        with open(bundle, "rb") as file:
            plain = file.read()
    else:
        opened = ["age", "-d", "-i", identity, bundle]
        plain = subprocess.run(opened, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        name = next(n for n in tar.getnames() if n.endswith("derivatives/femo/windows.tsv"))
        table = tar.extractfile(name)
        assert table is not None
        return pd.read_csv(table, sep="\t", na_values="n/a")


def changes(windows: pd.DataFrame) -> pd.DataFrame:
    """Return the percentage of change of each participant in each spontaneous emotion.

    A baseline is the mean of the neutral window before and the one after, their last 30 s; an
    emotion's value the mean over its windows.
    """
    counted = windows[(windows["counts"] == "yes") & windows["class"].notna()]
    spontaneous = counted[counted["class"].str.endswith("_S")].sort_values("onset_s")
    found = []
    for (who, _, _), theirs in spontaneous.groupby(["participant_id", "session", "run"]):
        neutral = theirs["class"] == "Neutral_S"
        level = theirs["last_30_s_us"].where(neutral)
        around = pd.concat([level.ffill(), level.bfill()], axis=1).mean(axis=1)
        percent = (theirs["mean_us"] - around) / around * 100
        for class_name, values in percent[~neutral].groupby(theirs["class"]):
            found.append({"participant": who, "class": class_name, "percent": values.mean()})
    return pd.DataFrame(found)


def signed_rank(differences: pd.Series) -> dict[str, float | int]:
    """Return Wilcoxon's ranks and the exact two-sided p, by enumeration of all signs."""
    ranked = differences.round(9)
    ranked = ranked[ranked != 0]
    ranks = ranked.abs().rank()
    positive, total = ranks[ranked > 0].sum(), ranks.sum()
    sums = pd.Series({0.0: 1})  # how many choices of signs give each sum of positive ranks
    for rank in ranks:
        shifted = pd.Series(sums.to_numpy(), index=sums.index + rank)
        sums = sums.add(shifted, fill_value=0)
    extreme = sums[sums.index <= min(positive, total - positive) + 1e-9].sum()
    walsh = pd.Series(
        [(a + b) / 2 for i, a in enumerate(differences) for b in list(differences)[i:]]
    )
    return {
        "n_pairs": len(differences),
        "sum_positive": float(positive),
        "sum_negative": float(total - positive),
        "p_exact": float(min(1.0, 2 * extreme / sums.sum())),
        "hodges_lehmann": float(walsh.median()),
    }


def main() -> None:
    identity = sys.argv[2] if len(sys.argv) > 2 else None
    found = changes(windows_of(sys.argv[1], identity))
    for class_name, values in found.groupby("class"):
        print(
            json.dumps(
                {"comparison": f"{class_name} - Neutral_S", **signed_rank(values["percent"])}
            )
        )
    assert not any(name.startswith("femo_tui") for name in sys.modules)


if __name__ == "__main__":
    main()
