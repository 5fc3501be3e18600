"""The command line: one module a command group, one late import a command."""


def main() -> None:
    """Run femo."""
    raise SystemExit("not built yet")
