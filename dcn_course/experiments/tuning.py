"""Which settings a grid of runs on the validation images chooses."""

from collections.abc import Iterable

from dcn_course import report
from dcn_course.experiments.settings import GRIDS, TUNED_NETWORKS, Setting
from dcn_course.records import Record


def choose_settings(dataset: str, kind: str, records: Iterable[Record]) -> dict[str, Record]:
    """Return for each network the run whose setting is chosen.

    `period` takes the run whose validation accuracy is nearest the test accuracy that the report gives for
    LeNet-5, `tuned` the run of the highest validation accuracy, each after the last epoch. Among equals the
    lower cross-entropy decides.

    Args:
        dataset: "mnist" or "cifar10".
        kind: "period" or "tuned".
        records: those of the grid that are there.

    Returns:
        Networks without a record are left out.
    """
    (target,) = [entry.accuracy / 100 for entry in report.TABLES[dataset] if entry.network == "lenet5"]
    chosen = {}
    found = list(records)
    for network in TUNED_NETWORKS[kind]:
        runs = [record for record in found if record.config["network"] == network]
        if runs:
            chosen[network] = min(
                runs,
                key=lambda record: (
                    abs(record.final.test_accuracy - target)
                    if kind == "period"
                    else -record.final.test_accuracy,
                    record.final.test_cross_entropy,
                ),
            )
    return chosen


def setting_of(kind: str, record: Record) -> Setting:
    """Return the setting of a grid with which a run was made."""
    (setting,) = [
        each
        for each in GRIDS[record.config["dataset"], kind]
        if all(record.config[name] == value for name, value in each.options().items())
    ]
    return setting
