"""SciPy's signed-rank test, which femo's own is held against."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Asymptotic(NamedTuple):
    """What SciPy says of differences, by its normal approximation."""

    statistic: float
    zstatistic: float
    pvalue: float


def scipys_asymptotic(differences: npt.NDArray[np.float64]) -> Asymptotic:
    """Test differences against zero as SPSS does: zeros dropped, no continuity correction."""
    from scipy import stats

    # scipy-stubs 1.17 knows the method "asymptotic" with keepdims only; SciPy takes it always.
    found = stats.wilcoxon(  # type: ignore[call-overload]
        differences, zero_method="wilcox", correction=False, method="asymptotic"
    )
    return Asymptotic(found.statistic, found.zstatistic, found.pvalue)
