"""Half an hour under full load: nothing lost, and no memory that grows.

Run: python -m tests.soak.soak [--minutes 30] [--json]
The load is that of tests/bench/load.py; memory is printed at the begin and at the end.
"""

from __future__ import annotations

from tests.bench.load import main

if __name__ == "__main__":
    main(__doc__, minutes=30.0)
