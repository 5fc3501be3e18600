"""Run femo as `python -m femo_tui`, as its own processes do."""

from femo_tui.cli import main

main()
