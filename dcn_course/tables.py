"""Tables from records: one row for each network and number of epochs, the report's numbers beside ours."""

import itertools
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dcn_course.records import Epoch, Record
from dcn_course.report import Printed


@dataclass(frozen=True)
class Figure:
    """One number over the seeds.

    Attributes:
        mean: over the seeds.
        deviation: the sample standard deviation; None for a single seed.
    """

    mean: float
    deviation: float | None


@dataclass(frozen=True)
class Row:
    """What an experiment reached at the end of one of its phases.

    Attributes:
        experiment: its name.
        network: the network's name.
        epochs: as the report writes them, e.g. "3" and "3+2".
        seeds: those of the runs, ascending.
        test_accuracy: in percent.
        test_cross_entropy: mean over the test set, natural logarithm.
        train_accuracy: in percent.
        train_cross_entropy: mean over the training set, natural logarithm.
    """

    experiment: str
    network: str
    epochs: str
    seeds: tuple[int, ...]
    test_accuracy: Figure
    test_cross_entropy: Figure
    train_accuracy: Figure
    train_cross_entropy: Figure


def to_rows(records: Iterable[Record]) -> list[Row]:
    """Return one row for each experiment and end of a phase, over all seeds, in the order of the records.

    Raises:
        ValueError: two records of one experiment had different recipes, or the same seed.
    """
    experiments: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        experiments[record.group, record.experiment].append(record)
    rows = []
    for runs in experiments.values():
        runs.sort(key=lambda record: record.seed)
        _check_comparable(runs)
        phases = [(phase["epochs"], phase["trains"]) for phase in runs[0].config["phases"]]
        for count, label in phase_ends(phases):
            rows.append(_row(runs, label, [record.epochs[count - 1] for record in runs]))
    return rows


HEADER = (
    "experiment",
    "epochs",
    "report: accuracy %",
    "report: error",
    "ours: test accuracy %",
    "ours: test cross-entropy",
    "ours: training cross-entropy",
    "seeds",
)


def beside_report(rows: Sequence[Row], printed: Sequence[Printed]) -> list[tuple[str, ...]]:
    """Return the cells of the report's table with ours beside it, in the columns of `HEADER`.

    The rows keep the report's order; the ends of those experiments that the report lacks follow. Ours is the
    mean over the seeds, with ± the sample standard deviation from two seeds on. Where one side has no number
    there is a dash.

    Raises:
        ValueError: two rows have the same experiment and epochs.
    """
    ours = {(row.experiment, row.epochs): row for row in rows}
    if len(ours) < len(rows):
        raise ValueError("rows holds two groups with the same experiment and epochs; pass one of them")
    theirs = {(entry.network, entry.epochs): entry for entry in printed}
    table = []
    ends = {row.experiment: row.epochs for row in rows}
    for key in dict.fromkeys([*theirs, *ends.items()]):
        entry, row = theirs.get(key), ours.get(key)
        left = ("-", "-") if entry is None else (f"{entry.accuracy:.2f}", f"{entry.error:.3f}")
        right: tuple[str, ...] = ("-", "-", "-", "0")
        if row is not None:
            right = (
                show(row.test_accuracy, 2),
                show(row.test_cross_entropy, 4),
                show(row.train_cross_entropy, 4),
                f"{len(row.seeds)}",
            )
        table.append((*key, *left, *right))
    return table


def to_markdown(header: Sequence[str], table: Sequence[Sequence[str]], left: int = 2) -> str:
    """Return a table in Markdown: the first `left` columns to the left, numbers to the right."""
    rules = ["---"] * left + ["--:"] * (len(header) - left)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rules, *table))


def show(figure: Figure, digits: int) -> str:
    """Return a number as text, with its deviation where there is one."""
    mean = f"{figure.mean:.{digits}f}"
    return mean if figure.deviation is None else f"{mean} ± {figure.deviation:.{digits}f}"


def phase_ends(phases: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return (epochs done, label) at the end of each phase: [(3, "3"), (5, "3+2")].

    Phases that train the same parameters one after the other count as one.

    Args:
        phases: how many epochs each has, and what it trains.
    """
    ends: list[tuple[int, str]] = []
    lengths: list[int] = []
    before = None
    for epochs, trains in phases:
        if trains != before:
            lengths.append(0)
        lengths[-1] += epochs
        before = trains
        ends.append((sum(lengths), "+".join(map(str, lengths))))
    return ends


def _check_comparable(runs: Sequence[Record]) -> None:
    def recipe(record: Record) -> dict[str, Any]:
        return {name: value for name, value in record.config.items() if name != "seed"}

    for before, after in itertools.pairwise(runs):
        name = f"{after.group}/{after.experiment}"
        if before.seed == after.seed:
            raise ValueError(f"records holds {name} with seed {after.seed} twice")
        if recipe(before) != recipe(after):
            raise ValueError(
                f"records of {name} with seeds {before.seed} and {after.seed} had different recipes"
            )


def _row(runs: Sequence[Record], label: str, ends: Sequence[Epoch]) -> Row:
    def over_seeds(values: list[float]) -> Figure:
        return Figure(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None)

    return Row(
        experiment=runs[0].experiment,
        network=runs[0].config["network"],
        epochs=label,
        seeds=tuple(record.seed for record in runs),
        test_accuracy=over_seeds([100 * end.test_accuracy for end in ends]),
        test_cross_entropy=over_seeds([end.test_cross_entropy for end in ends]),
        train_accuracy=over_seeds([100 * end.train_accuracy for end in ends]),
        train_cross_entropy=over_seeds([end.train_cross_entropy for end in ends]),
    )
