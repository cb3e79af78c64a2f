"""Figures of a run, and the plain tables they are printed in."""

from collections.abc import Sequence
from statistics import quantiles

Times = Sequence[float]
"""Seconds, one for each thing that was done."""


def percentile(times: Times, part: int) -> float:
    """Return the `part`th percentile of `times`, in milliseconds."""
    return quantiles(times, n=100, method="inclusive")[part - 1] * 1_000


def table(title: str, columns: str, rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows of cells under a title, the first cell to the left and the rest to the right."""
    heads = (title, *columns.split("|"))
    print()
    for row in (heads, *rows):
        first, *rest = row
        print(
            f"{first:<46}"
            + "".join(f"{cell:>{max(9, len(head) + 2)}}" for cell, head in zip(rest, heads[1:], strict=False))
        )


def timed(name: str, times: Times, *, aim: float | None = None) -> tuple[str, ...]:
    """Make the row of one load: its percentiles, how many, and the aim for its p95 (milliseconds)."""
    cells = [f"{percentile(times, part):.1f}" for part in (50, 95, 99)]
    return (name, *cells, str(len(times)), *judged(percentile(times, 95), aim, "{:g}"))


def compared(name: str, ours: Times, theirs: Times, *, aim: float) -> tuple[str, ...]:
    """Make the row that holds a load against its yardstick, percentile by percentile."""
    ratios = [percentile(ours, part) / percentile(theirs, part) for part in (50, 95, 99)]
    return (name, *(f"{one:.1f}x" for one in ratios), "", *judged(ratios[1], aim, "{:g}x"))


def judged(figure: float, aim: float | None, form: str) -> tuple[str, str]:
    """Say the aim, and whether the figure meets it."""
    if aim is None:
        return "", ""
    return f"< {form.format(aim)}", "met" if figure <= aim else "missed"
