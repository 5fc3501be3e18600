"""Half an hour under full load: nothing lost, and no memory that grows.

Run: python tests/soak/soak.py [--minutes 30] [--json]
The load is that of tests/bench/load.py; memory is printed at the begin and at the end.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.load import main

if __name__ == "__main__":
    main(__doc__, minutes=30.0)
