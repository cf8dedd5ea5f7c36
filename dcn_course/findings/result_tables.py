"""The tables of the results pages: header and rows, each number from records or from the report."""

from collections.abc import Callable, Sequence

from dcn_course.comparisons import Summary, summarise
from dcn_course.experiments.settings import GRIDS, TUNED_NETWORKS
from dcn_course.experiments.tuning import choose_settings, setting_of
from dcn_course.findings.comparisons import comparisons_of
from dcn_course.findings.evidence import Runs
from dcn_course.findings.multiplications import count_multiplications
from dcn_course.lenet import LeNet5
from dcn_course.records import Epoch, Record
from dcn_course.report import Printed
from dcn_course.tables import phase_ends
from dcn_course.training.networks import build_network

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]
NOTHING = "-"
CHANNELS = {"mnist": 1, "cifar10": 3}


def mean(found: Summary | None, digits: int) -> str:
    """Return mean ± sample standard deviation; the mean alone for one run, a dash for none."""
    if found is None:
        return NOTHING
    text = f"{found.mean:.{digits}f}"
    return text if found.deviation is None else f"{text} ± {found.deviation:.{digits}f}"


def interval(low: float | None, high: float | None, digits: int, sign: str = "") -> str:
    """Return the two ends, or a dash where there is no interval."""
    if low is None or high is None:
        return NOTHING
    return f"[{low:{sign}.{digits}f}, {high:{sign}.{digits}f}]"


def count(there: int, planned: int) -> str:
    """Return how many runs there are; 'partial' where seeds are missing."""
    return f"{there}" if there >= planned else f"{there} of {planned}, partial"


def legend(runs: Runs) -> Table:
    """Return what each experiment's name means, and with which settings it was run."""
    rows: list[tuple[str, ...]] = []
    for experiment in runs.group.experiments:
        recipe = experiment.recipe
        words = f"rate {recipe.learning_rate:g}, batches of {recipe.batch_size}, momentum {recipe.momentum:g}"
        if recipe.weight_decay:
            words += f", weight decay {recipe.weight_decay:g}"
        rows.append((f"`{experiment.name}`", _n(runs, experiment.name), experiment.title, words))
    return ("experiment", "n", "what it is", "gradient descent"), rows


def accuracies(runs: Runs) -> Table:
    """Return the report's table of test accuracies, in percent, with ours beside it."""
    rows: list[tuple[str, ...]] = []
    for experiment, label, epoch, printed in _ends(runs):
        found = _over_seeds(runs, experiment, lambda end: 100 * end.test_accuracy, epoch)
        theirs = NOTHING if printed is None else f"{printed.accuracy:.2f}"
        ends = (None, None) if found is None else (found.low, found.high)
        rows.append(
            (
                f"`{experiment}`",
                label,
                theirs,
                mean(found, 2),
                interval(*ends, 2),
                _n(runs, experiment),
            )
        )
    return ("experiment", "epochs", "report, %", "ours, %", "95 % interval", "n"), rows


def cross_entropies(runs: Runs) -> Table:
    """Return the report's 'error' with our cross-entropies on both sets beside it."""
    rows: list[tuple[str, ...]] = []
    for experiment, label, epoch, printed in _ends(runs):
        test = _over_seeds(runs, experiment, lambda end: end.test_cross_entropy, epoch)
        train = _over_seeds(runs, experiment, lambda end: end.train_cross_entropy, epoch)
        cells = [
            part
            for found in (test, train)
            for part in (mean(found, 4), NOTHING if found is None else interval(found.low, found.high, 4))
        ]
        theirs = NOTHING if printed is None else f"{printed.error:.3f}"
        rows.append((f"`{experiment}`", label, theirs, *cells, _n(runs, experiment)))
    header = (
        "experiment",
        "epochs",
        "report: 'error'",
        "ours: test",
        "95 % interval, test",
        "ours: training",
    )
    return (*header, "95 % interval, training", "n"), rows


def differences(runs: Runs) -> Table:
    """Return the paired differences in points of test accuracy, with both tests."""
    rows: list[tuple[str, ...]] = []
    for pair in comparisons_of(runs):
        printed = NOTHING if pair.printed is None else f"{pair.printed:+.2f}"
        found = pair.of(runs)
        n = count(len(pair.shared(runs)), min(runs.planned(pair.first), runs.planned(pair.second)))
        cells: tuple[str, ...] = (NOTHING,) * 4
        if found is not None:
            cells = (
                f"{found.mean:+.2f}",
                interval(found.low, found.high, 2, "+"),
                f"{found.p_t:.3f}",
                f"{found.p_exact:.3f} (least {found.p_exact_least:.3f})",
            )
        rows.append((pair.title, printed, *cells, n))
    return ("comparison", "report", "ours", "95 % interval", "p, t-test", "p, sign flips", "n"), rows


def disagreements(runs: Runs, labels: str, one: str = "lenet5-dc", other: str = "lenet5") -> Table:
    """Return for each seed how many test images both networks get right, only one, or neither.

    Args:
        runs: the records.
        labels: the class of each test image, a digit for each.
        one: an experiment.
        other: another one.
    """
    rows: list[tuple[str, ...]] = []
    for seed in sorted(set(runs.records[one]) & set(runs.records[other])):
        first, second = (runs.records[name][seed].predictions for name in (one, other))
        counts = dict.fromkeys(((True, True), (True, False), (False, True), (False, False)), 0)
        for a, b, label in zip(first, second, labels, strict=True):
            counts[a == label, b == label] += 1
        rows.append((f"{seed}", *(f"{number}" for number in counts.values())))
    return ("seed", "both right", f"only `{one}`", f"only `{other}`", "neither"), rows


def offsets(runs: Runs, experiment: str, epochs: Sequence[int]) -> Table:
    """Return the statistics of the offsets after some epochs, means over the seeds, lengths in pixels."""
    rows: list[tuple[str, ...]] = []
    found = runs.of(experiment)
    layers = [entry.layer for entry in found[0].final.offsets] if found else []
    for place, layer in enumerate(layers):
        for epoch in epochs:
            entries = [record.epochs[epoch - 1].offsets[place] for record in found]
            lengths = [
                # + 0 turns a rounded -0 into 0
                f"{round(summarise([getattr(entry, name) for entry in entries]).mean, 3) + 0:.3f}"
                for name in ("mean", "median", "percentile_95", "largest", "mean_y", "mean_x")
            ]
            shares = [
                f"{summarise([100 * getattr(entry, name) for entry in entries]).mean:.2f}"
                for name in ("outside_y", "outside_x", "outside")
            ]
            rows.append((f"`{layer.partition('.')[0]}`", f"{epoch}", *lengths, *shares, _n(runs, experiment)))
    header = ("layer", "epoch", "mean", "median", "95 % below", "largest", "mean y", "mean x")
    return (*header, "held in y, %", "held in x, %", "held, %", "n"), rows


def costs(runs: Runs) -> Table:
    """Return parameters, operations and time of each experiment.

    The seconds are processor seconds of the training, an epoch; the ratio is to LeNet-5, seed by seed.
    """
    rows: list[tuple[str, ...]] = []
    for experiment in runs.group.experiments:
        network = build_network(experiment.recipe, CHANNELS[runs.group.dataset], 10)
        assert isinstance(network, LeNet5)
        parameters = sum(parameter.numel() for parameter in network.parameters())
        each = {seed: _cpu(record) for seed, record in runs.records[experiment.name].items()}
        plain = {seed: _cpu(record) for seed, record in runs.records["lenet5"].items()}
        ratios = [each[seed] / plain[seed] for seed in sorted(set(each) & set(plain))]
        whole = [sum(epoch.train_seconds for epoch in record.epochs) for record in runs.of(experiment.name)]
        rows.append(
            (
                f"`{experiment.name}`",
                f"{parameters:,}",
                f"{2 * count_multiplications(network) / 1e6:.2f}",
                mean(summarise(list(each.values())) if each else None, 1),
                mean(summarise(ratios) if ratios else None, 2),
                f"{min(whole):.0f} to {max(whole):.0f}" if whole else NOTHING,
                _n(runs, experiment.name),
            )
        )
    header = ("experiment", "parameters", "Mflop an image", "CPU s an epoch", "times `lenet5`")
    return (*header, "wall-clock s, all epochs", "n"), rows


def tuning(runs: Runs, kind: str) -> Table:
    """Return the validation accuracies of the grid that chose the settings; the chosen ones are bold."""
    found = [record for name in runs.records for record in runs.of(name)]
    chosen = choose_settings(runs.group.dataset, kind, found)
    by_setting = {(record.config["network"], setting_of(kind, record)): record for record in found}
    rows: list[tuple[str, ...]] = []
    for setting in GRIDS[runs.group.dataset, kind]:
        cells = []
        for network in TUNED_NETWORKS[kind]:
            record = by_setting.get((network, setting))
            text = NOTHING if record is None else f"{100 * record.final.test_accuracy:.2f}"
            cells.append(f"**{text}**" if record is not None and chosen.get(network) is record else text)
        rows.append(
            (f"{setting.learning_rate:g}", f"{setting.batch_size}", f"{setting.weight_decay:g}", *cells)
        )
    return ("rate", "batch", "weight decay", *(f"`{name}`, %" for name in TUNED_NETWORKS[kind])), rows


def _n(runs: Runs, experiment: str) -> str:
    return count(len(runs.records[experiment]), runs.planned(experiment))


def _cpu(record: Record) -> float:
    """Processor seconds of the training, an epoch."""
    return record.seconds["train_cpu"] / len(record.epochs)


def _over_seeds(runs: Runs, experiment: str, number: Callable[[Epoch], float], epoch: int) -> Summary | None:
    found = list(runs.values(experiment, number, epoch).values())
    return summarise(found) if found else None


def _ends(runs: Runs) -> list[tuple[str, str, int, Printed | None]]:
    """(experiment, label, epoch, the report's numbers): the report's rows, then the other last epochs."""
    ends = {}
    for experiment in runs.group.experiments:
        phases = [(phase.epochs, phase.trains) for phase in experiment.recipe.phases]
        ends[experiment.name] = {label: epoch for epoch, label in phase_ends(phases)}
    rows = [(each.network, each.epochs, ends[each.network][each.epochs], each) for each in runs.group.printed]
    listed = {row[0] for row in rows}
    others = [name for name in ends if name not in listed]
    return rows + [(name, list(ends[name])[-1], list(ends[name].values())[-1], None) for name in others]
