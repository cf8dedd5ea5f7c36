"""The shipped records: intact, from committed code, and their numbers come back from the shipped weights."""

import pytest

from dcn_course import experiments, records

SHIPPED = records.load_all()


def named(record) -> str:
    return f"{record.group}/{record.experiment}-seed{record.seed}"


def test_the_report_s_mnist_experiments_have_records():
    wanted = {(group.name, e.name) for group in experiments.GROUPS.values() for e in group.experiments}
    assert wanted <= {(record.group, record.experiment) for record in SHIPPED}


@pytest.mark.parametrize("record", SHIPPED, ids=named)
def test_a_record_was_made_by_committed_code_with_the_experiment_s_recipe(record):
    assert all(start.commit is not None and not start.commit.dirty for start in record.starts)
    (experiment,) = (e for e in experiments.GROUPS[record.group].experiments if e.name == record.experiment)
    assert record.config == experiment.config(record.seed).to_dict()


@pytest.mark.data("mnist")
@pytest.mark.parametrize("record", [r for r in SHIPPED if r.group == "mnist"], ids=named)
def test_the_shipped_weights_give_the_recorded_test_accuracy(record):
    torch = pytest.importorskip("torch")
    from dcn_course import datasets
    from dcn_course.training import TrainingConfig, build_network, evaluate

    test_set = datasets.load("mnist", "test")
    images, labels = datasets.lenet_images(test_set), torch.from_numpy(test_set.labels.copy())
    network = build_network(TrainingConfig.from_dict(record.config), 1, 10)
    for entry in record.weights:
        path = records.weights_file(record, records.results_folder() / record.group, entry.phase)
        network.load_state_dict(torch.load(path, weights_only=True))
        score, written = evaluate(network, images, labels), record.epochs[entry.epoch - 1]
        # Another processor may sum in another order: an image or two may tip over.
        assert score.accuracy == pytest.approx(written.test_accuracy, abs=2e-4)
        assert score.cross_entropy == pytest.approx(written.test_cross_entropy, rel=1e-4)
