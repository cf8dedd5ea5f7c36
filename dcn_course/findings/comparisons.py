"""Which networks are compared with which, and what for."""

from dataclasses import dataclass

from dcn_course import comparisons
from dcn_course.comparisons import Paired
from dcn_course.experiments.catalogue import EPOCHS, LONGER
from dcn_course.findings.evidence import Runs


@dataclass(frozen=True)
class Comparison:
    """Two experiments, each after some epoch.

    Attributes:
        title: what the difference of the two means.
        first: name of an experiment.
        first_epoch: counted from 1.
        second: the experiment to take off.
        second_epoch: counted from 1.
        printed: the report's difference in points of test accuracy; None if it has none.
    """

    title: str
    first: str
    first_epoch: int
    second: str
    second_epoch: int
    printed: float | None = None

    def shared(self, runs: Runs) -> list[int]:
        """Return the seeds that both have."""
        return sorted(set(runs.records[self.first]) & set(runs.records[self.second]))

    def of(self, runs: Runs) -> Paired | None:
        """Return the paired differences in points of test accuracy; None below two common seeds."""
        first, second = (
            runs.values(name, lambda epoch: 100 * epoch.test_accuracy, number)
            for name, number in ((self.first, self.first_epoch), (self.second, self.second_epoch))
        )
        return comparisons.compare(first, second) if len(self.shared(runs)) > 1 else None


def comparisons_of(runs: Runs) -> list[Comparison]:
    """Return the comparisons that the report makes, and those that its explanation needs."""
    joint, extra = EPOCHS[runs.group.dataset]
    last = joint + extra
    printed = {(entry.network, entry.epochs): entry.accuracy for entry in runs.group.printed}
    whole = printed["lenet5-dc", f"{joint}+{extra}"]
    before = printed.get(("lenet5-dc", f"{joint}"))
    pairs = [
        Comparison(
            f"LeNet-5-DC {joint}+{extra} over LeNet-5",
            *("lenet5-dc", last, "lenet5", last),
            round(whole - printed["lenet5", f"{last}"], 2),
        ),
        Comparison(
            f"what {extra} epochs of the offsets alone brought",
            *("lenet5-dc", last, "lenet5-dc", joint),
            None if before is None else round(whole - before, 2),
        ),
        Comparison(
            f"the same epochs with all parameters ({last}), over offsets alone",
            *("lenet5-dc-joint", last, "lenet5-dc", last),
        ),
        Comparison(
            "the same epochs with the deformable kernels fixed, over offsets alone",
            *("lenet5-dc-kernels-fixed", last, "lenet5-dc", last),
        ),
        Comparison(
            f"what the last {extra} epochs brought LeNet-5, which has no offsets",
            *("lenet5", last, "lenet5", joint),
        ),
        Comparison(
            "LeNet-5-DC over LeNet-5, all parameters in all epochs",
            *("lenet5-dc-joint", last, "lenet5", last),
        ),
        Comparison(
            "LeNet-5-DC over a LeNet-5 with as many parameters",
            *("lenet5-dc-joint", last, "lenet5-wide", last),
        ),
        Comparison(
            "LeNet-5-DC over a LeNet-5 with as much training time",
            *("lenet5-dc-joint", last, "lenet5-longer", LONGER),
        ),
        Comparison(
            "learned offsets over offsets fixed at zero", *("lenet5-dc-joint", last, "lenet5-dc-zero", last)
        ),
        Comparison(
            "learned offsets over random fixed ones", *("lenet5-dc-joint", last, "lenet5-dc-random", last)
        ),
        Comparison("projection over zeros outside", *("lenet5-dc", last, "lenet5-dc-zeros", last)),
    ]
    return [pair for pair in pairs if {pair.first, pair.second} <= set(runs.records)]
