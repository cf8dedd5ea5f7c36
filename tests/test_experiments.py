import dataclasses
import json
from collections import Counter

import pytest
import tiny_runs
import torch

from dcn_course import experiments, records, report
from dcn_course.experiments import GROUPS, RECIPES, Experiment, Group, settings
from dcn_course.lenet import LeNet5DC
from dcn_course.records import RecordDamagedError
from dcn_course.training.checkpoint import load_checkpoint
from dcn_course.training.config import Phase
from dcn_course.training.errors import TrainingInterrupted
from dcn_course.training.evaluation import evaluate
from dcn_course.training.reporters import Reporter

PHASES = (Phase("joint", 1), Phase("offsets", 1, "offsets"))
TINY = Group(
    "tiny",
    "mnist",
    (Experiment("lenet5-dc", "a small one", tiny_runs.config(phases=PHASES), (5,), (5,)),),
    report.MNIST,
)
EXPERIMENT = TINY.experiments[0]
SILENT = Reporter()


@pytest.fixture(scope="module")
def data():
    return tiny_runs.data()


@pytest.fixture(scope="module")
def folders(tmp_path_factory, data):
    """(results, runs) after one run with seed 5."""
    results, runs = tmp_path_factory.mktemp("results"), tmp_path_factory.mktemp("runs")
    experiments.run(TINY, EXPERIMENT, 5, results, runs, threads=1, progress=SILENT, data=data)
    return results, runs


@pytest.fixture
def copies(folders, tmp_path):
    """Copies of the results that a test may damage."""
    for path in (folders[0] / "tiny").iterdir():
        target = tmp_path / "results" / "tiny" / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return tmp_path / "results", tmp_path / "runs"


@pytest.mark.parametrize("kind", RECIPES)
@pytest.mark.parametrize(("dataset", "joint", "extra"), [("mnist", 3, 2), ("cifar10", 29, 2)])
def test_the_experiments_are_the_report_s_and_those_that_its_claims_need(dataset, kind, joint, extra):
    group = GROUPS[experiments.group_name(dataset, kind)]
    by_name = {experiment.name: experiment for experiment in group.experiments}
    recipes = {name: experiment.config(7) for name, experiment in by_name.items()}
    phases = {name: [(p.epochs, p.trains) for p in recipe.phases] for name, recipe in recipes.items()}
    report_s = {"lenet5", "lenet5-dc-joint", "lenet5-dc", "lenet5-dc-kernels-fixed"}
    more = {"lenet5-longer", "lenet5-dc-zero", "lenet5-dc-random", "lenet5-dc-zeros"}
    assert set(by_name) == report_s | {"lenet5-wide"} | (more if dataset == "mnist" else set())
    assert all(config.dataset == dataset and config.seed == 7 for config in recipes.values())
    assert phases["lenet5"] == phases["lenet5-wide"] == [(joint + extra, "all")]
    assert phases["lenet5-dc"] == [(joint, "all"), (extra, "offsets")]
    assert phases["lenet5-dc-kernels-fixed"] == [(joint, "all"), (extra, "all-but-kernels")]
    assert phases["lenet5-dc-joint"] == [(joint, "all"), (extra, "all")]
    for name, recipe in recipes.items():
        borders = {"lenet5-dc-zeros": "zeros"} if recipe.network == "lenet5-dc" else {name: None}
        assert recipe.border == borders.get(name, "project")
        assert recipe.offset_spread == (1.0 if name == "lenet5-dc-random" else 0.0)
        assert recipe.validation == 0
        assert recipe.scaling == ("unit" if kind == "period" else "standard")
        assert by_name[name].seeds == tuple(range(5 if name in report_s else 3))
    if dataset == "mnist":
        assert phases["lenet5-dc-zero"] == phases["lenet5-dc-random"] == [(5, "all-but-offsets")]
        assert phases["lenet5-dc-zeros"] == phases["lenet5-dc"]


def test_the_period_recipe_is_plain_and_the_same_for_every_network():
    for dataset in experiments.DATASETS:
        group = GROUPS[experiments.group_name(dataset, "period")]
        settings = {(e.recipe.learning_rate, e.recipe.batch_size) for e in group.experiments}
        assert len(settings) == 1
        assert all(e.recipe.momentum == e.recipe.weight_decay == 0 for e in group.experiments)


@pytest.mark.parametrize("dataset", experiments.DATASETS)
def test_every_network_gets_the_same_budget_of_tuning_and_the_test_set_is_not_looked_at(dataset):
    for kind, networks in (("period", 1), ("tuned", 3)):
        group = GROUPS[experiments.tuning_name(dataset, kind)]
        assert all(e.recipe.validation == 10_000 for e in group.experiments)
        assert len({e.recipe.epochs for e in group.experiments}) == 1
        budgets = Counter(e.recipe.network for e in group.experiments)
        assert len(budgets) == networks
        assert len(set(budgets.values())) == 1
        assert not {seed for e in group.experiments for seed in e.seeds} & set(range(5))


def tuning_record(network, setting, accuracy, folders):
    record = records.load(folders[0] / "tiny" / "lenet5-dc-seed5.json")
    final = dataclasses.replace(record.final, test_accuracy=accuracy)
    return dataclasses.replace(
        record,
        config=record.config | setting.options() | {"network": network, "dataset": "mnist"},
        epochs=(final,),
    )


def test_period_takes_the_setting_nearest_the_report_and_tuned_the_best_of_each_network(folders):
    grid = settings.GRIDS["mnist", "period"]
    runs = [tuning_record("lenet5", grid[i], value, folders) for i, value in enumerate((0.97, 0.985, 0.99))]
    chosen = experiments.choose_settings("mnist", "period", runs)
    assert list(chosen) == ["lenet5"]
    assert experiments.setting_of("period", chosen["lenet5"]) == grid[1]
    grid = settings.GRIDS["mnist", "tuned"]
    runs = [
        tuning_record(network, grid[i], value, folders)
        for network, values in (("lenet5", (0.97, 0.99)), ("lenet5-dc", (0.98, 0.96)))
        for i, value in enumerate(values)
    ]
    chosen = experiments.choose_settings("mnist", "tuned", runs)
    assert {name: experiments.setting_of("tuned", run) for name, run in chosen.items()} == {
        "lenet5": grid[1],
        "lenet5-dc": grid[0],
    }


def test_only_the_networks_that_are_wanted_are_kept(tmp_path, data):
    recipe = tiny_runs.config(phases=(Phase("all", 1),), validation=10)
    group = dataclasses.replace(TINY, experiments=(Experiment("grid", "a point of a grid", recipe),))
    run = experiments.run(group, group.experiments[0], 1, tmp_path, tmp_path, progress=SILENT, data=data)
    assert run.weights == ()
    assert [path.name for path in (tmp_path / "tiny").iterdir()] == ["grid-seed1.json"]
    kept = {name: {e.name for e in group.experiments if e.keeps_weights_of} for name, group in GROUPS.items()}
    for name, names in kept.items():
        assert names == (set() if "tuning" in name else {"lenet5", "lenet5-dc"})


def test_a_record_holds_what_the_network_made_of_each_test_image(folders, data):
    record = records.load(folders[0] / "tiny" / "lenet5-dc-seed5.json")
    predictions = list(map(int, record.predictions))
    labels = data.test_labels.tolist()
    assert sum(map(int.__eq__, predictions, labels)) / len(labels) == record.final.test_accuracy
    for label in range(10):
        for answer in range(10):
            assert record.confusion[label][answer] == list(zip(labels, predictions, strict=True)).count(
                (label, answer)
            )


def test_experiments_that_begin_alike_share_their_first_epochs(folders, tmp_path, data):
    whole = records.load(folders[0] / "tiny" / "lenet5-dc-seed5.json")
    cousin = Experiment("cousin", "", tiny_runs.config(phases=(PHASES[0], Phase("more", 1))))
    group = dataclasses.replace(TINY, experiments=(cousin, EXPERIMENT))
    experiments.run(group, cousin, 5, tmp_path, tmp_path, threads=1, progress=SILENT, data=data)
    record = experiments.run(group, EXPERIMENT, 5, tmp_path, tmp_path, threads=1, progress=SILENT, data=data)
    assert [start.epoch for start in record.starts] == [0, 1]
    assert [entry.loss for entry in record.epochs] == [entry.loss for entry in whole.epochs]
    assert [entry.sha256 for entry in record.weights] == [entry.sha256 for entry in whole.weights]


def test_a_run_starts_only_if_it_fits_into_the_time_that_is_left():
    assert experiments.fits(59.0, 60.0)
    assert not experiments.fits(61.0, 60.0)
    assert experiments.fits(None, 1.0)
    assert not experiments.fits(None, 0.0)
    assert not experiments.fits(None, -1.0)


def test_without_seeds_each_experiment_has_its_own(tmp_path):
    more = dataclasses.replace(EXPERIMENT, name="more", seeds=(0, 1, 2))
    group = dataclasses.replace(TINY, experiments=(EXPERIMENT, more))
    states = experiments.states(group, None, tmp_path, tmp_path)
    found = [(state.experiment.name, state.seed) for state in states]
    assert found == [("more", 0), ("more", 1), ("more", 2), ("lenet5-dc", 5)]


def test_a_run_writes_its_record_and_the_weights_after_each_phase(folders):
    results, _ = folders
    names = sorted(path.name for path in (results / "tiny").iterdir())
    assert names == ["lenet5-dc-seed5-after-joint.pt", "lenet5-dc-seed5.json", "lenet5-dc-seed5.pt"]
    record = records.load(results / "tiny" / "lenet5-dc-seed5.json")
    assert (record.group, record.experiment, record.seed) == ("tiny", "lenet5-dc", 5)
    assert record.config == EXPERIMENT.config(5).to_dict() | {"threads": 1}
    assert record.starts[0].backend == "numba"
    assert record.parameters == sum(value.numel() for value in LeNet5DC().parameters())
    assert [(entry.epoch, entry.phase) for entry in record.epochs] == [(1, "joint"), (2, "offsets")]
    assert record.data["train_images"] == 40
    assert record.starts[0].threads == 1
    times = [(entry.train_seconds, entry.evaluation_seconds) for entry in record.epochs]
    assert record.seconds["train"] == pytest.approx(sum(train for train, _ in times))
    assert record.seconds["evaluation"] == pytest.approx(sum(evaluation for _, evaluation in times))
    assert record.seconds["total"] == pytest.approx(record.seconds["train"] + record.seconds["evaluation"])


def test_the_shipped_weights_have_the_accuracies_of_the_record(folders, data):
    folder = folders[0] / "tiny"
    record = records.load(folder / "lenet5-dc-seed5.json")
    assert [(entry.phase, entry.epoch) for entry in record.weights] == [("joint", 1), ("offsets", 2)]
    for entry in record.weights:
        network = LeNet5DC(border=record.config["border"])
        network.load_state_dict(
            torch.load(records.weights_file(record, folder, entry.phase), weights_only=True)
        )
        score = evaluate(network, data.test_images, data.test_labels)
        curve = record.epochs[entry.epoch - 1]
        assert score.accuracy == curve.test_accuracy
        assert score.cross_entropy == pytest.approx(curve.test_cross_entropy, rel=1e-5)


def test_what_has_a_record_is_not_run_again(folders, monkeypatch):
    results, runs = folders

    def never(*arguments, **options):
        raise AssertionError("trained again")

    monkeypatch.setattr("dcn_course.training.loop.train", never)
    before = (results / "tiny" / "lenet5-dc-seed5.json").read_bytes()
    again = experiments.run(TINY, EXPERIMENT, 5, results, runs, progress=SILENT)
    assert again.seed == 5
    assert (results / "tiny" / "lenet5-dc-seed5.json").read_bytes() == before
    with pytest.raises(AssertionError, match="trained again"):
        experiments.run(TINY, EXPERIMENT, 6, results, runs, progress=SILENT)


def test_a_record_that_another_process_writes_meanwhile_keeps_its_weights(tmp_path, data):
    others = []

    class Overtaken(Reporter):
        def epoch_ended(self, result):
            if result.epoch == 2:
                other = experiments.run(
                    TINY, EXPERIMENT, 5, tmp_path / "results", tmp_path / "others", progress=SILENT, data=data
                )
                weights = tmp_path / "results" / "tiny" / other.weights[-1].file
                others.append((other, weights, weights.stat()))

    mine = experiments.run(
        TINY, EXPERIMENT, 5, tmp_path / "results", tmp_path / "mine", progress=Overtaken(), data=data
    )
    ((other, weights, before),) = others
    assert mine == other
    assert weights.stat() == before


def test_an_interrupted_run_goes_on_where_it_was(folders, tmp_path, data):
    class CtrlC(Reporter):
        def epoch_started(self, epoch):
            if epoch == 2:
                raise KeyboardInterrupt

    results, runs = tmp_path / "results", tmp_path / "runs"
    with pytest.raises(TrainingInterrupted):
        experiments.run(TINY, EXPERIMENT, 5, results, runs, threads=1, progress=CtrlC(), data=data)
    assert not results.exists()
    (state,) = experiments.states(TINY, [5], results, runs)
    assert (state.record, state.started) == (None, True)
    record = experiments.run(TINY, EXPERIMENT, 5, results, runs, threads=1, progress=SILENT, data=data)
    whole = records.load(folders[0] / "tiny" / "lenet5-dc-seed5.json")
    assert [entry.loss for entry in record.epochs] == [entry.loss for entry in whole.epochs]
    assert record.final.test_cross_entropy == whole.final.test_cross_entropy
    assert [start.epoch for start in record.starts] == [0, 1]
    assert load_checkpoint(runs / "reproduce" / "tiny" / "lenet5-dc-seed5").epoch == 2


def test_the_states_say_what_is_there_and_what_is_missing(folders):
    results, runs = folders
    done, missing = experiments.states(TINY, [5, 6], results, runs)
    assert (done.seed, done.record.seed, done.started) == (5, 5, True)
    assert (missing.seed, missing.record, missing.started) == (6, None, False)


@pytest.mark.parametrize("seeds", [[], [1, 1], [-1], [2**63]])
def test_wrong_seeds_are_an_error(folders, seeds):
    with pytest.raises(
        ValueError, match="seeds must be distinct whole numbers from 0 to 9223372036854775807"
    ):
        experiments.states(TINY, seeds, *folders)


def test_a_record_of_another_recipe_is_an_error(copies):
    recipe = dataclasses.replace(EXPERIMENT.recipe, learning_rate=0.5)
    group = dataclasses.replace(TINY, experiments=(dataclasses.replace(EXPERIMENT, recipe=recipe),))
    with pytest.raises(RecordDamagedError, match="was made with another recipe; move it away"):
        experiments.states(group, [5], *copies)


def test_a_record_under_another_name_is_an_error(copies):
    folder = copies[0] / "tiny"
    (folder / "lenet5-dc-seed5.json").rename(folder / "lenet5-dc-seed6.json")
    with pytest.raises(RecordDamagedError, match="holds the record of another run"):
        experiments.states(TINY, [6], *copies)


def test_changed_or_missing_weights_and_records_are_errors(copies):
    folder = copies[0] / "tiny"
    weights = folder / "lenet5-dc-seed5-after-joint.pt"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1])
    with pytest.raises(RecordDamagedError, match="is not the file that the run wrote"):
        experiments.states(TINY, [5], *copies)
    weights.unlink()
    with pytest.raises(FileNotFoundError):
        experiments.states(TINY, [5], *copies)
    weights.write_bytes(content)
    path = folder / "lenet5-dc-seed5.json"
    edited = json.loads(path.read_text())
    edited["epochs"][-1]["test_accuracy"] = 1.0
    path.write_text(json.dumps(edited))
    with pytest.raises(RecordDamagedError, match="was changed after it was written"):
        experiments.states(TINY, [5], *copies)


def test_the_typical_run_is_the_shipped_one_of_median_duration(folders, tmp_path, monkeypatch):
    record = records.load(folders[0] / "tiny" / "lenet5-dc-seed5.json")
    monkeypatch.setenv("DCN_RESULTS", str(tmp_path))
    assert experiments.typical_run(TINY, EXPERIMENT) is None
    for seed, total in ((0, 60.0), (1, 100.0), (2, 600.0)):
        seconds = record.seconds | {"total": total}
        records.write(dataclasses.replace(record, seed=seed, seconds=seconds), tmp_path / "tiny")
    records.write(dataclasses.replace(record, experiment="other"), tmp_path / "tiny")
    assert experiments.typical_run(TINY, EXPERIMENT).seed == 1
    records.write(dataclasses.replace(record, seed=3, seconds=seconds), tmp_path / "tiny")
    assert experiments.typical_run(TINY, EXPERIMENT).seed == 1  # the shorter of the two in the middle
