"""Claims of the abstract about what is learned, from the trainings on MNIST and CIFAR-10."""

from dcn_course.comparisons import compare, summarise
from dcn_course.experiments.catalogue import EPOCHS
from dcn_course.findings.evidence import Evidence, Runs
from dcn_course.findings.judging import FEWEST, NOT_YET, by_sign, files_of, points, too_few
from dcn_course.findings.model import Claim, Outcome, Verdict
from dcn_course.records import Record

GROUPS = ("mnist-period", "cifar10-period")
COMMANDS = ("dcn reproduce mnist", "dcn reproduce cifar10")
MARGIN = 0.5  # points of accuracy that a replacement may lose


def _first(evidence: Evidence, experiment: str = "lenet5-dc") -> Runs | None:
    """The first data set on which the experiment was run, the one with the most seeds."""
    there = [evidence.runs[name] for name in GROUPS if evidence.runs[name].of(experiment)]
    return max(there, key=lambda runs: len(runs.of(experiment)), default=None)


def _learned(evidence: Evidence) -> Outcome:
    runs = _first(evidence)
    if runs is None:
        return NOT_YET
    found = runs.of("lenet5-dc")
    joint, _ = EPOCHS[runs.group.dataset]
    gains = [
        record.epochs[joint - 1].train_cross_entropy - record.final.train_cross_entropy for record in found
    ]
    gain = summarise(gains)
    lengths = [summarise([record.final.offsets[place].mean for record in found]).mean for place in range(2)]
    numbers = (
        f"{runs.group.dataset}: training cross-entropy falls by {gain.mean:.4f} in the epochs of the "
        f"offsets alone, n = {gain.n}; in the end the taps are {lengths[0]:.2f} and {lengths[1]:.2f} "
        "pixels away from the grid on average, in the first and in the second layer."
    )
    if gain.low is None or gain.high is None or gain.n < FEWEST:
        return Outcome(Verdict.OPEN, numbers, too_few(gain.n), files_of(found))
    verdict = by_sign(gain.low, gain.high, gain.n)
    reason = {
        Verdict.HELD: "The offsets start at zero, move, and moving them alone lowers the loss.",
        Verdict.FAILED: "Training the offsets alone raised the loss.",
        Verdict.OPEN: "The interval of the fall holds zero.",
    }[verdict]
    return Outcome(verdict, numbers, reason, files_of(found))


def _unsupervised(evidence: Evidence) -> Outcome:
    runs = _first(evidence)
    if runs is None:
        return NOT_YET
    found = runs.of("lenet5-dc")
    joint, _ = EPOCHS[runs.group.dataset]
    falls = sum(record.epochs[joint].loss < record.epochs[joint - 1].loss for record in found)
    return Outcome(
        Verdict.FAILED,
        f"{runs.group.dataset}: in {falls} of {len(found)} runs the loss that the offsets are trained on, "
        "the cross-entropy with the images' labels, falls in the first epoch in which only they are trained.",
        "The gradient of the offsets is that of the class loss: without labels there is none. What holds is "
        "less: nobody has to label *offsets*.",
        files_of(found),
    )


def _replaces(evidence: Evidence) -> Outcome:
    parts: list[str] = []
    verdicts: list[Verdict] = []
    sources: list[str] = []
    for name in GROUPS:
        runs = evidence.runs[name]
        both: list[dict[int, Record]] = [runs.records[each] for each in ("lenet5-dc-joint", "lenet5")]
        seeds = sorted(set(both[0]) & set(both[1]))
        if not seeds:
            continue
        sources += files_of(each[seed] for each in both for seed in seeds)
        if len(seeds) < FEWEST:
            parts.append(f"{runs.group.dataset}: n = {len(seeds)}")
            verdicts.append(Verdict.OPEN)
            continue
        found = compare(
            runs.values("lenet5-dc-joint", lambda end: 100 * end.test_accuracy),
            runs.values("lenet5", lambda end: 100 * end.test_accuracy),
        )
        parts.append(f"{runs.group.dataset}: {points(found)}")
        verdicts.append(by_sign(found.low + MARGIN, found.high + MARGIN, found.n))
    if not parts:
        return NOT_YET
    verdict = next((each for each in (Verdict.FAILED, Verdict.OPEN) if each in verdicts), Verdict.HELD)
    reason = {
        Verdict.HELD: "The same settings train both networks, and the accuracy does not suffer. That is "
        "the 'can replace'; the 'little overhead' that is given as the reason is judged by itself.",
        Verdict.FAILED: "The accuracy suffers on at least one data set.",
        Verdict.OPEN: "On at least one data set the runs are too few, or spread too much, to exclude such a "
        "loss.",
    }[verdict]
    return Outcome(verdict, "; ".join(parts) + ".", reason, tuple(sources))


TRAINING_CLAIMS = (
    Claim(
        "abstract",
        "The sampling area can be learned by backpropagation.",
        "LeNet-5-DC trained from offsets at zero, then its offset predictors alone, all else frozen to the "
        "last bit.",
        "The training cross-entropy before the epochs of the offsets alone, less that after them: the "
        f"interval of the mean is above zero, from {FEWEST} seeds on.",
        _learned,
        COMMANDS,
    ),
    Claim(
        "abstract",
        "It is learned 'in an unsupervised manner'.",
        "We looked at what the offsets are trained on: the recipe in each record, and the loss of the epochs "
        "in which they alone are trained.",
        "Held only if no labels of the images were needed.",
        _unsupervised,
        COMMANDS,
    ),
    Claim(
        "abstract",
        "Deformable layers 'can easily replace CNN layers in deep neural networks'.",
        "Both convolutions of LeNet-5 replaced, all else and all settings as they were. LeNet-5 is "
        "not deep; nothing deeper was tried, by the report or by us.",
        f"Held if the mean accuracy loses less than {MARGIN:g} points: the interval of the difference lies "
        f"above that, on each data set with runs, from {FEWEST} seeds on.",
        _replaces,
        COMMANDS,
    ),
)
