"""`femo wilcoxon`: the signed-rank test of two columns of a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path

import click

from femo_tui.cli.common import print_json
from femo_tui.errors import UsageError

FORMATS = ("text", "json", "csv", "markdown")
_MISSING = frozenset({"", ".", "na", "n/a", "nan", "null", "none"})  # of SPSS, R, pandas


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--x", "x_name", required=True, help="The column that is taken away (first).")
@click.option("--y", "y_name", required=True, help="The column it is taken from (second).")
@click.option("--format", "output", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As --format json.")
def wilcoxon(file: Path, x_name: str, y_name: str, output: str, as_json: bool) -> None:
    """Test two columns of a CSV FILE by Wilcoxon's signed ranks, as SPSS and exactly."""
    from femo_tui.stats.render import document, spss, tables, text
    from femo_tui.stats.signed_rank import signed_rank

    x, y = _columns(file, x_name, y_name)
    test = signed_rank(x, y)
    row: tables.Row = {"x": x_name, "y": y_name, **tables.test_row(test)}
    match "json" if as_json else output:
        case "json":
            print_json(row)
        case "csv":
            click.echo(tables.to_csv([row], list(row)), nl=False)
        case "markdown":
            click.echo(document.wilcoxon_markdown(test, x_name, y_name, row), nl=False)
        case _:
            lines = [*spss.wilcoxon_tables(test, x_name, y_name), "", *text.one_test(test)]
            click.echo("\n".join(lines))


def _columns(file: Path, x_name: str, y_name: str) -> tuple[list[float | None], list[float | None]]:
    """Read two columns of numbers; a cell without one is None."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            reader = csv.DictReader(opened)
            names = reader.fieldnames or []
            for name in (x_name, y_name):
                if name not in names:
                    raise UsageError(
                        f"{file}: there is no column {name!r}; it has {', '.join(names) or 'none'}"
                    )
            found = [
                (_number(row[x_name], file, reader), _number(row[y_name], file, reader))
                for row in reader
            ]
    except OSError as problem:
        raise UsageError(f"{file}: this cannot be read ({problem.strerror}); give a file") from None
    except (UnicodeDecodeError, csv.Error) as problem:
        raise UsageError(
            f"{file}: this cannot be read as CSV ({problem}); give a UTF-8 file with a header"
        ) from None
    return [x for x, _ in found], [y for _, y in found]


def _number(cell: str | None, file: Path, reader: csv.DictReader[str]) -> float | None:
    if cell is None or cell.strip().lower() in _MISSING:
        return None
    try:
        return float(cell)
    except ValueError:
        raise UsageError(
            f"{file} line {reader.line_num}: {cell!r} is no number; write it with a point, or leave"
            " the cell empty"
        ) from None
