"""Claims: each row of the report's two result tables, and the differences between them."""

import math
from collections.abc import Callable
from functools import partial

from dcn_course.experiments import Group
from dcn_course.experiments.catalogue import EPOCHS
from dcn_course.findings.comparisons import Comparison, comparisons_of
from dcn_course.findings.evidence import Evidence, Runs
from dcn_course.findings.judging import FEWEST, NOT_YET, by_sign, files_of, points, prediction, too_few
from dcn_course.findings.model import Claim, Outcome, Verdict
from dcn_course.records import Epoch
from dcn_course.report import Printed

TITLES = {"mnist": "MNIST", "cifar10": "CIFAR-10"}
NETWORKS = {"lenet5": "LeNet-5", "lenet5-dc": "LeNet-5-DC"}


def result_claims(group: Group) -> tuple[Claim, ...]:
    """Return the claims of one result table.

    Args:
        group: the experiments of the report's data set in the recipe `period`.
    """
    place = f"section 3, {TITLES[group.dataset]} table"
    command = f"dcn reproduce {group.dataset}"
    claims = []
    for entry in group.printed:
        name = f"{NETWORKS[entry.network]} after {entry.epochs} epochs"
        epoch = _epoch(entry)
        claims.append(
            Claim(
                place,
                f"{name}: {entry.accuracy:.2f} % of the test images are right.",
                "The same network, data and epochs in the recipe `period`, with several seeds.",
                "Held if one run, as the report's was, may give that: it lies in our 95 % prediction "
                f"interval of a single run, from {FEWEST} seeds on.",
                partial(_accuracy, group.name, entry, epoch),
                (command,),
            )
        )
        claims.append(
            Claim(
                place,
                f"{name}: the error is {entry.error:g}.",
                "The report does not say which error on which set. We take the mean cross-entropy, on the "
                "test set and on the training set.",
                f"Held if it lies in the prediction interval of one of the two, from {FEWEST} seeds on.",
                partial(_error, group.name, entry, epoch),
                (command,),
            )
        )
    over, brought, *_ = _pairs(group)
    claims.append(
        Claim(
            place,
            f"LeNet-5-DC does better than LeNet-5: by {over.printed:.2f} points.",
            "Both networks with the same seeds, which give the same order of images; differences seed by "
            "seed.",
            f"The sign of the mean difference: its 95 % interval leaves out zero, from {FEWEST} seeds on.",
            partial(_difference, group.name, over),
            (command,),
        )
    )
    if brought.printed is not None:
        claims.append(
            Claim(
                place,
                f"Two more epochs of the offsets alone bring {brought.printed:.2f} points.",
                "The same runs before and after these epochs.",
                "The sign of the mean difference, as above. Whether the offsets are the reason is another "
                "question: see the comparisons on the results page.",
                partial(_difference, group.name, brought),
                (command,),
            )
        )
    claims.append(
        Claim(
            f"{place}, by implication",
            "It is the deforming that makes the difference, not the size of the network.",
            "All parameters trained in all epochs, against a LeNet-5 with more maps and as many parameters, "
            "seed by seed.",
            "The sign of the mean difference, as above.",
            partial(_difference, group.name, _named(group, "lenet5-dc-joint", "lenet5-wide")),
            (command,),
        )
    )
    if group.dataset == "mnist":
        claims.append(
            Claim(
                f"{place}, by implication",
                "It is worth its time: LeNet-5 with as much training time does not get there.",
                "All parameters trained in all epochs, against LeNet-5 trained for more epochs, by seed.",
                "The sign of the mean difference, as above.",
                partial(_difference, group.name, _named(group, "lenet5-dc-joint", "lenet5-longer")),
                (command,),
            )
        )
    return tuple(claims)


def _accuracy(group: str, entry: Printed, epoch: int, evidence: Evidence) -> Outcome:
    runs = evidence.runs[group]
    ours, outside = _beside(runs, entry, epoch, lambda end: 100 * end.test_accuracy, entry.accuracy, 2)
    if not ours:
        return NOT_YET
    sources = files_of(runs.of(entry.network))
    n = len(sources)
    numbers = f"Ours, in %: {ours}."
    if n < FEWEST:
        return Outcome(Verdict.OPEN, numbers, too_few(n), sources)
    if outside:
        return Outcome(
            Verdict.FAILED, numbers, f"{entry.accuracy:.2f} is {outside} what our recipe gives.", sources
        )
    reason = "The report's number lies where our single runs lie."
    if entry.network == "lenet5":
        reason += " The settings were chosen, on validation images, so that this network comes near it."
    return Outcome(Verdict.HELD, numbers, reason, sources)


def _error(group: str, entry: Printed, epoch: int, evidence: Evidence) -> Outcome:
    runs = evidence.runs[group]
    sets: tuple[tuple[str, Callable[[Epoch], float]], ...] = (
        ("test", lambda end: end.test_cross_entropy),
        ("training", lambda end: end.train_cross_entropy),
    )
    found = [(name, *_beside(runs, entry, epoch, number, entry.error, 4)) for name, number in sets]
    if not found[0][1]:
        return NOT_YET
    sources = files_of(runs.of(entry.network))
    n = len(sources)
    numbers = "; ".join(f"{name} cross-entropy {ours}" for name, ours, _ in found) + "."
    if n < FEWEST:
        return Outcome(Verdict.OPEN, numbers, too_few(n), sources)
    # A wrong answer has at most half of the probability, so it costs ln 2 at least.
    least = (1 - entry.accuracy / 100) * math.log(2)
    possible = entry.error >= least
    fits = [name for name, _, outside in found if not outside and (possible or name != "test")]
    never = "" if possible else f" On the test set so many wrong answers cost {least:.3f} at least."
    if fits:
        reason = f"It can be the {' or the '.join(fits)} cross-entropy.{never}"
        return Outcome(Verdict.HELD, numbers, reason, sources)
    sides = " and ".join(f"{outside} our {name} cross-entropies" for name, _, outside in found if outside)
    return Outcome(Verdict.FAILED, numbers, f"It is {sides}.{never}", sources)


def _beside(
    runs: Runs, entry: Printed, epoch: int, number: Callable[[Epoch], float], theirs: float, digits: int
) -> tuple[str, str]:
    """Ours in words ("" for none), and on which side of our single runs theirs lies ("" for among them)."""
    values = list(runs.values(entry.network, number, epoch).values())
    if not values:
        return "", ""
    mean = sum(values) / len(values)
    if len(values) < 2:
        return f"{mean:.{digits}f}, n = 1", ""
    low, high = prediction(values)
    words = f"{mean:.{digits}f}, single runs in [{low:.{digits}f}, {high:.{digits}f}], n = {len(values)}"
    return words, "above" if theirs > high else "below" if theirs < low else ""


def _difference(group: str, pair: Comparison, evidence: Evidence) -> Outcome:
    runs = evidence.runs[group]
    seeds = pair.shared(runs)
    if not seeds:
        return NOT_YET
    names = dict.fromkeys((pair.first, pair.second))
    sources = files_of(runs.records[name][seed] for name in names for seed in seeds)
    found = pair.of(runs)
    if found is None:
        return Outcome(Verdict.OPEN, "One seed alone.", too_few(1), sources)
    verdict = by_sign(found.low, found.high, found.n)
    if found.n < FEWEST:
        reason = too_few(found.n)
    elif verdict is Verdict.OPEN:
        reason = "The interval holds zero: other seeds may turn the difference round."
    else:
        reason = f"The whole interval lies {'above' if verdict is Verdict.HELD else 'below'} zero."
    if pair.printed is not None and found.n >= FEWEST and not found.low <= pair.printed <= found.high:
        reason += f" The size is another one: {pair.printed:+.2f} lies outside it."
    return Outcome(verdict, f"{points(found)}.", reason, sources)


def _epoch(entry: Printed) -> int:
    return sum(map(int, entry.epochs.split("+")))


def _pairs(group: Group) -> list[Comparison]:
    return comparisons_of(Runs(group, {experiment.name: {} for experiment in group.experiments}))


def _named(group: Group, first: str, second: str) -> Comparison:
    (found,) = [
        pair
        for pair in _pairs(group)
        if (pair.first, pair.second, pair.first_epoch) == (first, second, sum(EPOCHS[group.dataset]))
    ]
    return found
