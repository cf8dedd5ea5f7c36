"""The results pages are run, and each number in their tables is computed again from the records' raw JSON."""

import itertools
import json
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

jupytext = pytest.importorskip("jupytext", reason="the pages are notebooks: dcn-course[lab]")
nbclient = pytest.importorskip("nbclient", reason="the pages are run by nbclient: dcn-course[lab]")

from dcn_course import records, report  # noqa: E402
from dcn_course.experiments import GROUPS  # noqa: E402
from dcn_course.findings import comparisons_of, load_images, runs_of  # noqa: E402

BOOK = Path(__file__).resolve().parent.parent / "book"
PAGES = ("mnist", "cifar10")


@pytest.fixture(scope="module", params=PAGES)
def page(request):
    """(data set, {header: its tables in order, each a list of rows}) of a page whose cells were run."""
    path = BOOK / "results" / f"{request.param}.md"
    notebook = jupytext.read(path)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": path.parent}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    found = defaultdict(list)
    for text in (output.get("data", {}).get("text/markdown", "") for output in outputs):
        lines = [
            [cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if "|" in line
        ]
        if lines:
            found[tuple(lines[0])].append(lines[2:])
    return request.param, found


@pytest.fixture(scope="module")
def raw():
    """{group: {experiment: {seed: the JSON of its record}}}; no code of the package reads it."""
    found = defaultdict(lambda: defaultdict(dict))
    for path in records.results_folder().rglob("*.json"):
        record = json.loads(path.read_text("utf-8"))
        found[record["group"]][record["experiment"]][record["seed"]] = record
    return found


def tables(page, raw, start):
    """(experiments by seed, group, rows) of the tables that begin with these columns: period, then tuned."""
    dataset, found = page
    ((_, both),) = [item for item in found.items() if item[0][: len(start)] == start]
    for kind, rows in zip(("period", "tuned"), both, strict=False):
        yield raw[f"{dataset}-{kind}"], GROUPS[f"{dataset}-{kind}"], rows


def name_of(cell):
    return cell.strip("`")


def expected_n(experiments, group, name):
    there = len(experiments[name])
    (planned,) = [len(each.seeds) for each in group.experiments if each.name == name]
    return f"{there}" if there >= planned else f"{there} of {planned}, partial"


def spread(values, digits):
    """Mean ± deviation, and the interval, as text."""
    if not values:
        return "-", "-"
    mean = f"{np.mean(values):.{digits}f}"
    if len(values) == 1:
        return mean, "-"
    reach = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    low, high = np.mean(values) - reach, np.mean(values) + reach
    return f"{mean} ± {np.std(values, ddof=1):.{digits}f}", f"[{low:.{digits}f}, {high:.{digits}f}]"


def at(experiments, name, label, number):
    epoch = sum(map(int, label.split("+")))
    return [record["epochs"][epoch - 1][number] for _, record in sorted(experiments[name].items())]


def test_the_accuracies_of_the_page_are_those_of_the_records(page, raw):
    printed = {(e.network, e.epochs): f"{e.accuracy:.2f}" for e in report.TABLES[page[0]]}
    for experiments, group, rows in tables(page, raw, ("experiment", "epochs", "report, %")):
        assert {name_of(row[0]) for row in rows} == {each.name for each in group.experiments}
        for cell, label, theirs, ours, interval, n in rows:
            name = name_of(cell)
            values = [100 * value for value in at(experiments, name, label, "test_accuracy")]
            assert (ours, interval) == spread(values, 2)
            assert theirs == printed.get((name, label), "-")
            assert n == expected_n(experiments, group, name)


def test_the_cross_entropies_of_the_page_are_those_of_the_records(page, raw):
    printed = {(e.network, e.epochs): f"{e.error:.3f}" for e in report.TABLES[page[0]]}
    for experiments, group, rows in tables(page, raw, ("experiment", "epochs", "report: 'error'")):
        for cell, label, theirs, *numbers, n in rows:
            name = name_of(cell)
            test = spread(at(experiments, name, label, "test_cross_entropy"), 4)
            train = spread(at(experiments, name, label, "train_cross_entropy"), 4)
            assert tuple(numbers) == (*test, *train)
            assert theirs == printed.get((name, label), "-")
            assert n == expected_n(experiments, group, name)


def test_the_differences_of_the_page_are_those_of_the_records(page, raw):
    for experiments, group, rows in tables(page, raw, ("comparison",)):
        pairs = {pair.title: pair for pair in comparisons_of(runs_of(group.name))}
        assert [row[0] for row in rows] == list(pairs)
        for title, theirs, mean, interval, p_t, p_flips, n in rows:
            pair = pairs[title]
            first, second = experiments[pair.first], experiments[pair.second]
            seeds = sorted(set(first) & set(second))
            assert n.split()[0] == f"{len(seeds)}"
            assert theirs == ("-" if pair.printed is None else f"{pair.printed:+.2f}")
            if len(seeds) < 2:
                assert (mean, interval, p_t, p_flips) == ("-",) * 4
                continue
            one = [100 * first[seed]["epochs"][pair.first_epoch - 1]["test_accuracy"] for seed in seeds]
            other = [100 * second[seed]["epochs"][pair.second_epoch - 1]["test_accuracy"] for seed in seeds]
            found = stats.ttest_rel(one, other)
            low, high = found.confidence_interval(0.95)
            difference = np.subtract(one, other)
            flips = [
                abs((difference * signs).mean()) for signs in itertools.product((1, -1), repeat=len(seeds))
            ]
            share = np.mean(np.array(flips) >= abs(difference.mean()) - 1e-9)
            assert (mean, interval) == (f"{difference.mean():+.2f}", f"[{low:+.2f}, {high:+.2f}]")
            assert p_t == f"{found.pvalue:.3f}"
            assert p_flips == f"{share:.3f} (least {2 / 2 ** len(seeds):.3f})"


def test_the_counts_of_what_only_one_network_gets_right_are_those_of_the_predictions(page, raw):
    labels = load_images(page[0]).labels
    for experiments, _, rows in tables(page, raw, ("seed", "both right")):
        assert len(rows) == len(set(experiments["lenet5-dc"]) & set(experiments["lenet5"]))
        for seed, *numbers in rows:
            one, other = (
                np.array(list(experiments[name][int(seed)]["predictions"])) == np.array(list(labels))
                for name in ("lenet5-dc", "lenet5")
            )
            counts = (one & other, one & ~other, ~one & other, ~one & ~other)
            assert numbers == [f"{count.sum()}" for count in counts]


def test_the_statistics_of_the_offsets_are_those_of_the_records(page, raw):
    columns = ("mean", "median", "percentile_95", "largest", "mean_y", "mean_x")
    shares = ("outside_y", "outside_x", "outside")
    for experiments, group, rows in tables(page, raw, ("layer", "epoch", "mean")):
        assert bool(rows) == bool(experiments["lenet5-dc"])
        for layer, epoch, *numbers, n in rows:
            entries = [
                next(
                    e
                    for e in record["epochs"][int(epoch) - 1]["offsets"]
                    if e["layer"].startswith(name_of(layer))
                )
                for record in experiments["lenet5-dc"].values()
            ]
            lengths = [round(np.mean([entry[name] for entry in entries]), 3) for name in columns]
            percents = [np.mean([100 * entry[name] for entry in entries]) for name in shares]
            assert [float(number) for number in numbers[:6]] == pytest.approx(lengths)
            assert numbers[6:] == [f"{value:.2f}" for value in percents]
            assert n == expected_n(experiments, group, "lenet5-dc")


def test_parameters_and_times_of_the_page_are_those_of_the_records(page, raw):
    for experiments, group, rows in tables(page, raw, ("experiment", "parameters")):
        each = {
            name: {seed: r["seconds"]["train_cpu"] / len(r["epochs"]) for seed, r in runs.items()}
            for name, runs in experiments.items()
        }
        for cell, parameters, _, seconds, ratio, wall, n in rows:
            name = name_of(cell)
            runs = experiments[name]
            assert {f"{record['parameters']:,}" for record in runs.values()} <= {parameters}
            own = each.get(name, {})
            assert seconds == spread(list(own.values()), 1)[0]
            shared = sorted(set(own) & set(each.get("lenet5", {})))
            assert ratio == spread([own[seed] / each["lenet5"][seed] for seed in shared], 2)[0]
            walls = [sum(e["train_seconds"] for e in record["epochs"]) for record in runs.values()]
            assert wall == (f"{min(walls):.0f} to {max(walls):.0f}" if walls else "-")
            assert n == expected_n(experiments, group, name)


def test_the_accuracies_of_the_grids_are_those_of_the_records(page, raw):
    dataset, found = page
    grids = [(header, rows) for header, both in found.items() if header[0] == "rate" for rows in both]
    assert len(grids) == 2
    for kind, (header, rows) in zip(("period", "tuned"), grids, strict=True):
        for rate, batch, decay, *cells in rows:
            for column, cell in zip(header[3:], cells, strict=True):
                expected = [
                    f"{100 * record['epochs'][-1]['test_accuracy']:.2f}"
                    for runs in raw[f"{dataset}-{kind}-tuning"].values()
                    for record in runs.values()
                    if (record["config"]["network"], record["config"]["batch_size"])
                    == (re.findall("`(.*)`", column)[0], int(batch))
                    and record["config"]["learning_rate"] == float(rate)
                    and record["config"]["weight_decay"] == float(decay)
                ]
                assert [cell.strip("*")] == (expected or ["-"])


def test_there_is_no_table_that_the_tests_above_do_not_know(page):
    known = {"experiment", "comparison", "seed", "layer", "rate"}
    assert {header[0] for header in page[1]} == known
    experiments = [header[1] for header in page[1] if header[0] == "experiment"]
    assert sorted(experiments) == ["epochs", "epochs", "n", "parameters"]


@pytest.mark.parametrize("name", [*PAGES, "claims"])
def test_no_result_is_typed_into_the_text(name):
    text = (BOOK / "results" / f"{name}.md").read_text("utf-8")
    prose = re.sub(r"^```\{code-cell\}.*?^```$", "", text.split("---", 2)[2], flags=re.M | re.S)
    assert set(re.findall(r"\d+\.\d+", prose)) <= {"0.05"}
