"""The shipped records: intact, from committed code, and their numbers come back from the shipped weights."""

import pytest

from dcn_course import experiments, records
from dcn_course.experiments import settings
from dcn_course.training.config import TrainingConfig

SHIPPED = records.load_all()


def named(record) -> str:
    return f"{record.group}/{record.experiment}-seed{record.seed}"


def test_the_report_s_mnist_experiments_have_records():
    wanted = {experiment.name for experiment in experiments.GROUPS["mnist-period"].experiments}
    assert wanted <= {record.experiment for record in SHIPPED if record.group == "mnist-period"}


RUN = [
    (dataset, kind)
    for dataset in experiments.DATASETS
    for kind in experiments.RECIPES
    if any(record.group == experiments.group_name(dataset, kind) for record in SHIPPED)
]


@pytest.mark.parametrize(("dataset", "kind"), RUN)
def test_the_settings_of_what_was_run_are_those_that_the_grid_chose(dataset, kind):
    group = experiments.GROUPS[experiments.tuning_name(dataset, kind)]
    runs = [record for record in SHIPPED if record.group == group.name]
    assert {record.experiment for record in runs} == {experiment.name for experiment in group.experiments}
    chosen = experiments.choose_settings(dataset, kind, runs)
    found = {network: experiments.setting_of(kind, record) for network, record in chosen.items()}
    assert found == {network: settings.CHOSEN[dataset, kind][network] for network in found}


@pytest.mark.parametrize("record", SHIPPED, ids=named)
def test_a_record_was_made_by_committed_code_with_the_experiment_s_recipe(record):
    assert all(start.commit is not None and not start.commit.dirty for start in record.starts)
    (experiment,) = (e for e in experiments.GROUPS[record.group].experiments if e.name == record.experiment)
    recipe = TrainingConfig.from_dict(record.config).recipe()
    assert recipe == experiment.config(record.seed).recipe()


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(record, marks=pytest.mark.data(record.config["dataset"]), id=named(record))
        for record in SHIPPED
        if record.weights
    ],
)
def test_the_shipped_weights_give_the_recorded_test_accuracy(record):
    torch = pytest.importorskip("torch")
    from dcn_course import datasets
    from dcn_course.training import build_network, evaluate, predict

    config = TrainingConfig.from_dict(record.config)
    test_set = datasets.load(config.dataset, "test")
    images = datasets.lenet_images(test_set, config.scaling)
    labels = torch.from_numpy(test_set.labels.copy())
    network = build_network(config, images.shape[1], 10)
    for entry in record.weights:
        path = records.weights_file(record, records.results_folder() / record.group, entry.phase)
        network.load_state_dict(torch.load(path, weights_only=True))
        score, written = evaluate(network, images, labels), record.epochs[entry.epoch - 1]
        # Another processor may sum in another order: an image or two may tip over.
        assert score.accuracy == pytest.approx(written.test_accuracy, abs=2e-4)
        assert score.cross_entropy == pytest.approx(written.test_cross_entropy, rel=1e-4)
    found = predict(network, images).tolist()
    assert sum(str(one) != other for one, other in zip(found, record.predictions, strict=True)) <= 2


@pytest.mark.parametrize("record", [r for r in SHIPPED if not r.config["validation"]], ids=named)
def test_predictions_confusion_and_accuracy_of_a_record_fit_together(record):
    count = len(record.predictions)
    assert count == record.data["test_images"] == sum(map(sum, record.confusion))
    right = sum(record.confusion[label][label] for label in range(10))
    assert right / count == record.final.test_accuracy
    for answer in range(10):
        assert record.predictions.count(str(answer)) == sum(row[answer] for row in record.confusion)
