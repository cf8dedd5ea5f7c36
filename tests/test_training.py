import io
import math
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_runs
import torch
from rich.console import Console
from torch import nn
from torch.nn import functional as F

from dcn_course.layers import DeformableConv2d
from dcn_course.training.checkpoint import FILE, load_checkpoint
from dcn_course.training.config import LARGEST, Phase, TrainingConfig
from dcn_course.training.data import load_data
from dcn_course.training.epoch import order
from dcn_course.training.errors import (
    CheckpointDamagedError,
    LossNotFiniteError,
    RunExistsError,
    RunMismatchError,
    TrainingError,
    TrainingInterrupted,
)
from dcn_course.training.evaluation import BATCH, evaluate
from dcn_course.training.loop import train
from dcn_course.training.networks import build_network, prepare_phase
from dcn_course.training.offsets import offset_statistics
from dcn_course.training.reporters import Bar, Lines, Reporter, choose_reporter

SILENT = Reporter()


@pytest.fixture(scope="module")
def data():
    return tiny_runs.data()


@pytest.fixture(scope="module")
def whole(tmp_path_factory, data):
    """A run that nothing interrupted."""
    return train(tiny_runs.config(), tmp_path_factory.mktemp("whole"), progress=SILENT, data=data)


def weights(run, phase):
    return torch.load(run.weights[phase], weights_only=True)


def without_seconds(history):
    return [
        replace(entry, train_seconds=0.0, evaluation_seconds=0.0, train_cpu_seconds=0.0) for entry in history
    ]


def assert_same_bits(run, other):
    a, b = load_checkpoint(run.folder), load_checkpoint(other.folder)
    assert without_seconds(a.history) == without_seconds(b.history)
    assert list(a.model) == list(b.model)
    for name in a.model:
        assert torch.equal(a.model[name], b.model[name]), name
    assert a.optimizer["param_groups"] == b.optimizer["param_groups"]
    for index, state in a.optimizer["state"].items():
        assert torch.equal(state["momentum_buffer"], b.optimizer["state"][index]["momentum_buffer"])
    for phase in run.weights:
        assert all(map(torch.equal, weights(run, phase).values(), weights(other, phase).values())), phase


# The recipe


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network": "vgg"}, "network must be one of lenet5, lenet5-wide, lenet5-dc, got 'vgg'"),
        ({"dataset": "svhn"}, "dataset must be one of digits, mnist, cifar10, got 'svhn'"),
        ({"border": None}, "border must be one of project, zeros, got None"),
        ({"border": "mirror"}, "border must be one of project, zeros, got 'mirror'"),
        ({"network": "lenet5"}, "border must be None for lenet5"),
        ({"network": "lenet5", "border": None}, "phases trains offsets, but lenet5"),
        ({"phases": ()}, "phases must hold at least one phase"),
        ({"phases": (Phase("a", 1), Phase("a", 2))}, "phases must have distinct names"),
        ({"seed": -1}, "seed must be a whole number, at least 0, got -1"),
        ({"seed": 1.5}, "seed must be a whole number"),
        ({"seed": 2**63}, "seed must be at most 9223372036854775807, got 9223372036854775808"),
        ({"batch_size": 2**63}, "batch_size must be at most 9223372036854775807, got 9223372036854775808"),
        ({"batch_size": 0}, "batch_size must be a whole number, at least 1, got 0"),
        ({"learning_rate": 0.0}, "learning_rate must be a number above 0, got 0.0"),
        ({"learning_rate": math.nan}, "learning_rate must be a number above 0, got nan"),
        ({"momentum": 1.0}, "momentum must be a number at least 0 and below 1, got 1.0"),
        ({"weight_decay": -0.1}, "weight_decay must be a number at least 0, got -0.1"),
        ({"network": "lenet5", "border": None, "offset_spread": 1.0}, "offset_spread must be 0 for lenet5"),
        ({"network": "lenet5-wide", "border": None, "backend": "torch"}, "backend must be None for lenet5-w"),
        (
            {"network": "lenet5-wide", "border": None, "phases": (Phase("a", 1, "all-but-kernels"),)},
            "phases trains all-but-kernels, but lenet5-wide has no offset predictors",
        ),
        ({"backend": "cuda"}, "backend must be one of numba, torch, got 'cuda'"),
        ({"offset_spread": -1.0}, "offset_spread must be a number at least 0, got -1.0"),
        ({"scaling": "none"}, "scaling must be one of standard, unit, got 'none'"),
        ({"validation": -1}, "validation must be a whole number, at least 0, got -1"),
        ({"threads": 0}, "threads must be a whole number, at least 1, got 0"),
        ({"threads": 1025}, "threads must be at most 1024, got 1025"),
    ],
)
def test_a_recipe_with_a_wrong_value_names_it(changes, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        tiny_runs.config(**changes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("../up", 1), "name must be of small letters"),
        (("a", 0), "epochs must be a whole number, at least 1, got 0"),
        (
            ("a", 1, "some"),
            "trains must be one of all, offsets, all-but-offsets, all-but-kernels, got 'some'",
        ),
    ],
)
def test_a_phase_with_a_wrong_value_names_it(arguments, message):
    with pytest.raises(ValueError, match=message):
        Phase(*arguments)


def test_each_epoch_knows_its_phase_and_whether_it_is_the_first_or_last():
    recipe = tiny_runs.config(phases=(Phase("joint", 3), Phase("offsets", 1, "offsets")))
    found = [(phase.name, first, last) for phase, first, last in map(recipe.phase_of, range(1, 5))]
    assert found == [
        ("joint", True, False),
        ("joint", False, False),
        ("joint", False, True),
        ("offsets", True, True),
    ]
    for epoch in (0, 5):
        with pytest.raises(ValueError, match=f"epoch must be in 1..4, got {epoch}"):
            recipe.phase_of(epoch)


def test_a_recipe_survives_the_way_through_plain_values():
    recipe = tiny_runs.config(learning_rate=0.1, threads=None)
    assert TrainingConfig.from_dict(recipe.to_dict()) == recipe


def test_the_largest_seed_and_batch_size_train(tmp_path, data):
    recipe = tiny_runs.config(phases=(Phase("joint", 1),), seed=LARGEST, batch_size=LARGEST)
    assert train(recipe, tmp_path, progress=SILENT, data=data).history[0].epoch == 1


def test_backend_device_and_threads_are_not_part_of_what_is_computed():
    recipe = tiny_runs.config()
    assert recipe.recipe() == tiny_runs.config(threads=2, backend="torch", device="cuda").recipe()
    for changes in ({"seed": 4}, {"scaling": "unit"}, {"validation": 7}, {"offset_spread": 1.0}):
        assert recipe.recipe() != tiny_runs.config(**changes).recipe()


# What is drawn from the seed


def test_an_epoch_visits_every_image_once_in_an_order_of_its_own():
    orders = [order(seed, epoch, 50) for seed in (0, 1) for epoch in (1, 2)]
    for each in orders:
        assert sorted(each.tolist()) == list(range(50))
    assert len({tuple(each.tolist()) for each in orders}) == 4
    assert torch.equal(orders[0], order(0, 1, 50))


def test_the_initial_weights_come_from_the_seed_and_leave_torchs_random_numbers_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    first = build_network(tiny_runs.config(), 1, 10).state_dict()
    assert torch.equal(torch.rand(3), expected)
    again = build_network(tiny_runs.config(), 1, 10).state_dict()
    other = build_network(tiny_runs.config(seed=4), 1, 10).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["fc1.weight"], other["fc1.weight"])


def test_two_seeds_give_two_results(tmp_path, data, whole):
    other = train(tiny_runs.config(seed=4), tmp_path / "run", progress=SILENT, data=data)
    assert other.history[0].loss != whole.history[0].loss


# Learning


def test_the_loss_falls_and_the_network_learns_digits(tmp_path):
    recipe = TrainingConfig("lenet5", "digits", (Phase("all", 12),), batch_size=16, threads=1)
    run = train(recipe, tmp_path, progress=SILENT, data=tiny_runs.data(400, 100))
    assert run.history[-1].loss < 0.2 * run.history[0].loss
    assert run.history[-1].train_accuracy > 0.9
    assert run.history[-1].test_accuracy > 0.8


def test_the_first_epoch_is_plain_gradient_descent_with_momentum(tmp_path, data):
    recipe = tiny_runs.config(phases=(Phase("joint", 1),), weight_decay=0.01)
    run = train(recipe, tmp_path, progress=SILENT, data=data)
    network = build_network(recipe, 1, 10)
    velocity = {name: torch.zeros_like(value) for name, value in network.named_parameters()}
    losses = []
    for batch in torch.split(order(recipe.seed, 1, 40), 16):
        loss = F.cross_entropy(network(data.train_images[batch]), data.train_labels[batch])
        losses.append(loss.item() * len(batch))
        network.zero_grad()
        loss.backward()
        with torch.no_grad():
            for name, value in network.named_parameters():
                velocity[name] = 0.9 * velocity[name] + value.grad + 0.01 * value
                value -= recipe.learning_rate * velocity[name]
    assert run.history[0].loss == pytest.approx(sum(losses) / 40, rel=1e-5)
    for name, value in network.state_dict().items():
        torch.testing.assert_close(run.network.state_dict()[name], value, rtol=1e-4, atol=1e-6)


def test_the_offset_phase_changes_the_offset_predictors_and_not_one_other_bit(whole):
    before, after = weights(whole, "joint"), weights(whole, "offsets")
    predictors = {name for name in before if "offset_predictor" in name}
    assert len(predictors) == 4  # weight and bias of two layers
    for name in before:
        assert torch.equal(before[name], after[name]) == (name not in predictors), name


def test_the_joint_phase_changes_every_parameter(whole):
    start = build_network(whole.config, 1, 10).state_dict()
    after = weights(whole, "joint")
    assert not any(torch.equal(start[name], after[name]) for name in start)


def test_the_offset_phase_leaves_buffers_alone_too():
    network = nn.Sequential(DeformableConv2d(1, 2, 3), nn.BatchNorm2d(2))
    parameters = prepare_phase(network, Phase("offsets", 1, "offsets"))
    assert parameters == list(network[0].offset_predictor.parameters())
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network(torch.randn(4, 1, 6, 7, generator=torch.Generator().manual_seed(0))).sum().backward()
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert {name for name, value in network.named_parameters() if value.grad is not None} == {
        "0.offset_predictor.weight",
        "0.offset_predictor.bias",
    }


def test_a_phase_of_all_parameters_after_the_offsets_trains_all_again():
    network = DeformableConv2d(1, 2, 3)
    prepare_phase(network, Phase("offsets", 1, "offsets"))
    assert prepare_phase(network, Phase("joint", 1)) == list(network.parameters())
    assert network.training
    assert all(value.requires_grad for value in network.parameters())


@pytest.mark.parametrize(
    ("trains", "fixed"),
    [("all-but-offsets", "offset_predictor"), ("all-but-kernels", "deform_conv")],
)
def test_a_phase_of_all_but_some_parameters_leaves_every_bit_of_these(tmp_path, data, trains, fixed):
    recipe = tiny_runs.config(phases=(Phase("joint", 1), Phase("part", 1, trains)), learning_rate=0.1)
    run = train(recipe, tmp_path, progress=SILENT, data=data)
    before, after = weights(run, "joint"), weights(run, "part")
    assert {name for name in before if torch.equal(before[name], after[name])} == {
        name for name in before if fixed in name
    }
    assert sum(fixed in name for name in before) == 4


def test_offsets_may_start_with_a_random_shape_of_the_kernel():
    plain = build_network(tiny_runs.config(), 1, 10).state_dict()
    spread = build_network(tiny_runs.config(offset_spread=2.0), 1, 10).state_dict()
    changed = [name for name in plain if not torch.equal(plain[name], spread[name])]
    assert changed == ["conv1.offset_predictor.bias", "conv2.offset_predictor.bias"]
    drawn = torch.cat([spread[name] for name in changed])
    assert len(drawn) == 100
    assert 1.5 < drawn.std() < 2.5


@pytest.mark.parametrize("channels", [1, 3])
def test_the_wide_network_has_as_many_parameters_as_the_deformable_one_to_half_a_percent(channels):
    phases = (Phase("all", 1),)
    wide, deformable = (
        sum(p.numel() for p in build_network(config, channels, 10).parameters())
        for config in (
            tiny_runs.config(network="lenet5-wide", border=None, phases=phases),
            tiny_runs.config(phases=phases),
        )
    )
    assert wide == pytest.approx(deformable, rel=5e-3)


def test_the_offset_phase_needs_an_offset_predictor():
    with pytest.raises(ValueError, match="network must have an offset predictor for phase offsets, got none"):
        prepare_phase(nn.Linear(2, 2), Phase("offsets", 1, "offsets"))


# Scores


def test_the_scores_are_those_of_all_images_at_once(data):
    images = data.train_images.repeat(7, 1, 1, 1)  # more than one batch
    labels = data.train_labels.repeat(7).roll(1)
    assert len(images) > BATCH
    network = build_network(tiny_runs.config(), 1, 10)
    with torch.no_grad():
        logits = network(images)
    counts = []
    score = evaluate(network, images, labels, counts.append)
    assert score.accuracy == (logits.argmax(1) == labels).double().mean().item()
    assert score.cross_entropy == pytest.approx(F.cross_entropy(logits.double(), labels).item(), rel=1e-6)
    assert sum(counts) == len(images)


def test_the_evaluation_uses_evaluation_mode_and_puts_each_modules_mode_back():
    network = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.BatchNorm1d(4), nn.Linear(4, 3))
    network[2].eval()
    images = torch.randn(6, 1, 2, 2, generator=torch.Generator().manual_seed(0))
    labels = torch.zeros(6, dtype=torch.int64)
    assert evaluate(network, images, labels) == evaluate(network, images, labels)
    assert [module.training for module in network] == [True, True, False, True]
    with pytest.raises(ValueError, match="images must hold at least one image, got none"):
        evaluate(network, images[:0], labels[:0])


class OnMPS(torch.Tensor):
    """A tensor that refuses what one on MPS refuses: float64, and a tensor of the CPU beside it."""

    @classmethod
    def __torch_function__(cls, function, types, arguments=(), options=None):
        if function is torch.Tensor.cpu:
            return arguments[0].as_subclass(torch.Tensor)
        if function is torch.Tensor.double:
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
        if any(type(argument) is torch.Tensor for argument in arguments):
            raise RuntimeError("Expected all tensors to be on the same device")
        return super().__torch_function__(function, types, arguments, options or {})


def test_a_device_without_float64_is_scored_to_the_same_digits():
    logits = torch.randn(300, 1, 2, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(300) % 6
    network = nn.Flatten()
    with pytest.raises(TypeError, match="float64"):
        network(logits.as_subclass(OnMPS)).double()
    with pytest.raises(RuntimeError, match="same device"):
        network(logits).argmax(1).eq(labels.as_subclass(OnMPS))
    score = evaluate(network, logits.as_subclass(OnMPS), labels.as_subclass(OnMPS))
    assert score == evaluate(network, logits, labels)


def test_the_history_holds_the_scores_of_both_sets_after_each_epoch(whole, data):
    assert [(entry.epoch, entry.phase) for entry in whole.history] == [
        (1, "joint"),
        (2, "joint"),
        (3, "offsets"),
        (4, "offsets"),
    ]
    for phase, entry in (("joint", whole.history[1]), ("offsets", whole.history[3])):
        network = build_network(whole.config, 1, 10)
        network.load_state_dict(weights(whole, phase))
        train_score = evaluate(network, data.train_images, data.train_labels)
        test_score = evaluate(network, data.test_images, data.test_labels)
        assert (entry.train_accuracy, entry.test_accuracy) == (train_score.accuracy, test_score.accuracy)
        assert entry.train_cross_entropy == pytest.approx(train_score.cross_entropy, rel=1e-5)
        assert entry.test_cross_entropy == pytest.approx(test_score.cross_entropy, rel=1e-5)


def test_training_leaves_torchs_settings_as_they_were(tmp_path, data):
    before = torch.get_num_threads()
    threads = 1 if before > 1 else 2
    seen = []

    class Watch(Reporter):
        def epoch_started(self, epoch):
            seen.append((torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()))

    recipe = tiny_runs.config(phases=(Phase("joint", 1),), threads=threads)
    run = train(recipe, tmp_path, progress=Watch(), data=data)
    assert seen == [(threads, True)]
    assert run.starts[0].threads == threads
    assert run.starts[0].versions["torch"] == torch.__version__
    assert torch.get_num_threads() == before
    assert not torch.are_deterministic_algorithms_enabled()


def test_two_threads_give_the_same_bits_each_time(tmp_path, data):
    recipe = tiny_runs.config(phases=(Phase("joint", 1),), threads=2)
    first = train(recipe, tmp_path / "first", progress=SILENT, data=data)
    assert_same_bits(first, train(recipe, tmp_path / "second", progress=SILENT, data=data))


# Beginnings


def test_a_run_that_begins_where_another_was_ends_with_the_same_bits(tmp_path, data, whole, monkeypatch):
    cousin = tiny_runs.config(phases=(tiny_runs.PHASES[0], Phase("more", 1)))
    first = train(cousin, tmp_path / "cousin", progress=SILENT, data=data)
    trained = []

    class Listening(Reporter):
        def epoch_started(self, epoch):
            trained.append(epoch)

    relatives = [tmp_path / "nowhere", first.folder]
    run = train(tiny_runs.config(), tmp_path / "run", relatives=relatives, progress=Listening(), data=data)
    assert trained == [3, 4]
    assert_same_bits(run, whole)
    assert [start.epoch for start in run.starts] == [0, 2]


@pytest.mark.parametrize("changes", [{"seed": 4}, {"learning_rate": 0.1}, {"border": "zeros"}])
def test_a_run_does_not_begin_with_another_recipe_s_epochs(tmp_path, data, whole, changes):
    recipe = tiny_runs.config(**changes)
    run = train(recipe, tmp_path, relatives=[whole.folder], progress=SILENT, data=data)
    assert [start.epoch for start in run.starts] == [0]


def test_a_run_does_not_begin_with_epochs_on_other_data(tmp_path, whole):
    run = train(
        tiny_runs.config(), tmp_path, relatives=[whole.folder], progress=SILENT, data=tiny_runs.data(39)
    )
    assert [start.epoch for start in run.starts] == [0]


def test_two_phases_that_train_the_same_are_as_one(tmp_path, data):
    one = train(tiny_runs.config(phases=(Phase("all", 3),)), tmp_path / "1", progress=SILENT, data=data)
    phases = (Phase("all", 1), Phase("more", 2))
    two = train(tiny_runs.config(phases=phases), tmp_path / "2", progress=SILENT, data=data)
    assert [entry.loss for entry in one.history] == [entry.loss for entry in two.history]
    assert torch.equal(one.network.fc3.weight, two.network.fc3.weight)


# The offsets


def test_the_offsets_are_measured_as_by_hand(data):
    network = build_network(tiny_runs.config(), 1, 10)
    layer = network.conv1
    with torch.no_grad():
        layer.offset_predictor.bias.copy_(torch.tensor([-1.5, 2.0]).repeat(25))
    network.train()
    first, second = offset_statistics(network, data.test_images[:3])
    assert network.training
    assert (first.layer, second.layer) == ("conv1.deform_conv", "conv2.deform_conv")
    for value in (first.mean, first.median, first.percentile_95, first.largest):
        assert value == pytest.approx(2.5)
    assert (first.mean_y, first.mean_x) == pytest.approx((-1.5, 2.0))
    # Of 28 rows and 5 taps: above the image where row + tap < 1.5; right of it where column + tap + 2 > 31.
    above = sum(row + tap < 1.5 for row in range(28) for tap in range(5)) / 140
    right = sum(column + tap + 2 > 31 for column in range(28) for tap in range(5)) / 140
    assert first.outside_y == pytest.approx(above)
    assert first.outside_x == pytest.approx(right)
    assert first.outside == pytest.approx(above + right - above * right)
    assert (second.mean, second.largest, second.outside) == (0, 0, 0)


def test_the_history_holds_the_offsets_after_each_epoch(whole, data):
    for entry in whole.history:
        assert [layer.layer for layer in entry.offsets] == ["conv1.deform_conv", "conv2.deform_conv"]
    assert whole.history[-1].offsets == offset_statistics(whole.network, data.test_images)
    assert whole.history[-1].offsets[0].mean > 0


def test_a_network_without_offsets_has_no_statistics_of_them(data):
    network = build_network(tiny_runs.config(network="lenet5", border=None, phases=(Phase("all", 1),)), 1, 10)
    assert offset_statistics(network, data.test_images) == ()
    with pytest.raises(ValueError, match="images must hold at least one image"):
        offset_statistics(network, data.test_images[:0])


# The data


def test_held_out_images_leave_the_training_set_and_stand_in_for_the_test_set(data):
    split = data.hold_out(15)
    assert (len(split.train_images), len(split.test_images)) == (25, 15)
    whole = {
        image.numpy().tobytes(): int(label)
        for image, label in zip(data.train_images, data.train_labels, strict=True)
    }
    parts = [
        (image.numpy().tobytes(), int(label))
        for images, labels in (
            (split.train_images, split.train_labels),
            (split.test_images, split.test_labels),
        )
        for image, label in zip(images, labels, strict=True)
    ]
    assert dict(parts) == whole
    assert len(parts) == 40
    assert data.hold_out(15).summary() == split.summary()
    for count in (0, 40):
        with pytest.raises(ValueError, match=f"validation must be from 1 to 39 of 40 images, got {count}"):
            data.hold_out(count)


def test_a_recipe_s_scaling_and_validation_decide_its_data(tmp_path):
    recipe = tiny_runs.config(phases=(Phase("joint", 1),), scaling="unit", validation=1000, batch_size=200)
    run = train(recipe, tmp_path, progress=SILENT)
    assert run.data == load_data("digits", "unit", 1000).summary()
    assert run.data["test_images"] == 1000


# Interruption and resumption


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize(
    ("event", "number", "saved"),
    [
        ("batch", 2, 0),  # in the first epoch
        ("batch", 5, 1),  # in the second: the momentum must come back
        ("epoch", 2, 2),  # between the phases
        ("batch", 11, 3),  # in the second epoch of the offsets
        ("write", 3, 1),  # the weights of the joint phase are half written: start, epoch 1, weights
    ],
)
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path, data, whole, event, number, saved):
    folder = tmp_path / "run"
    program = [sys.executable, str(Path(tiny_runs.__file__)), str(folder), event, str(number)]
    killed = subprocess.run(program, capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    assert load_checkpoint(folder).epoch == saved
    resumed = train(tiny_runs.config(), folder, resume=True, progress=SILENT, data=data)
    assert_same_bits(resumed, whole)
    assert [start.epoch for start in resumed.starts] == [0, saved]


def test_ctrl_c_tells_how_many_epochs_are_saved(tmp_path, data):
    class CtrlC(Reporter):
        def epoch_started(self, epoch):
            if epoch == 2:
                raise KeyboardInterrupt

    with pytest.raises(TrainingInterrupted, match="1 of 4 epochs are saved") as caught:
        train(tiny_runs.config(), tmp_path, progress=CtrlC(), data=data)
    assert (caught.value.folder, caught.value.saved, caught.value.epochs) == (tmp_path, 1, 4)
    assert load_checkpoint(tmp_path).epoch == 1


def test_ctrl_c_before_the_first_checkpoint_says_that_nothing_is_saved(tmp_path, data, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("dcn_course.training.loop.build_network", interrupted)
    with pytest.raises(TrainingInterrupted, match="0 of 4 epochs are saved"):
        train(tiny_runs.config(), tmp_path, progress=SILENT, data=data)


def test_a_resumed_run_keeps_the_threads_that_it_was_started_with(tmp_path, data):
    class CtrlC(Reporter):
        def epoch_started(self, epoch):
            raise KeyboardInterrupt

    recipe = tiny_runs.config(threads=None, phases=(Phase("joint", 1),))
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        with pytest.raises(TrainingInterrupted):
            train(recipe, tmp_path, progress=CtrlC(), data=data)
        torch.set_num_threads(1)
        run = train(recipe, tmp_path, resume=True, progress=SILENT, data=data)
    finally:
        torch.set_num_threads(before)
    assert [start.threads for start in run.starts] == [3, 3]


def test_a_finished_run_is_resumed_without_training(tmp_path, data, whole):
    before = whole.checkpoint.read_bytes()
    again = train(tiny_runs.config(), whole.folder, resume=True, progress=SILENT, data=data)
    assert again.history == whole.history
    assert whole.checkpoint.read_bytes() == before
    assert torch.equal(again.network.fc3.weight, whole.network.fc3.weight)


def test_a_folder_that_holds_a_run_is_not_overwritten(data, whole):
    before = whole.checkpoint.read_bytes()
    with pytest.raises(RunExistsError, match="holds a run already; resume it, or choose another folder"):
        train(tiny_runs.config(), whole.folder, progress=SILENT, data=data)
    assert whole.checkpoint.read_bytes() == before


def test_two_processes_do_not_train_in_one_folder(tmp_path, data):
    recipe = tiny_runs.config(phases=(Phase("joint", 1),))
    refused = []

    class Second(Reporter):
        """Another process tries to begin, and to resume, while this one trains."""

        def epoch_started(self, epoch):
            for resume in (False, True):
                program = (
                    "import tiny_runs; from pathlib import Path; "
                    "from dcn_course.training.config import Phase; "
                    "from dcn_course.training.loop import train; "
                    f"train(tiny_runs.config(phases=(Phase('joint', 1),)), Path({str(tmp_path)!r}), "
                    f"resume={resume}, data=tiny_runs.data())"
                )
                answer = subprocess.run(
                    [sys.executable, "-c", program],
                    cwd=Path(tiny_runs.__file__).parent,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                refused.append(answer.stderr.strip().splitlines()[-1])

    run = train(recipe, tmp_path, progress=Second(), data=data)
    assert len(refused) == 2
    for line in refused:
        assert "RunBusyError: another process is training in" in line
    assert load_checkpoint(run.folder).epoch == 1


def test_a_folder_that_is_a_file_is_not_taken_for_a_run(tmp_path, data):
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        train(tiny_runs.config(), tmp_path / "file", progress=SILENT, data=data)


def test_another_recipe_cannot_resume_a_run(data, whole):
    recipe = tiny_runs.config(learning_rate=0.5, phases=tiny_runs.PHASES[:1])
    with pytest.raises(RunMismatchError, match=r"learning_rate was 0\.02, now 0\.5") as caught:
        train(recipe, whole.folder, resume=True, progress=SILENT, data=data)
    assert "phases was" in str(caught.value)
    assert "seed" not in str(caught.value)


def test_other_data_cannot_resume_a_run(data, whole):
    labels = data.train_labels.clone()
    labels[0] = (labels[0] + 1) % 10
    with pytest.raises(RunMismatchError, match="was trained on other data"):
        train(
            whole.config, whole.folder, resume=True, progress=SILENT, data=replace(data, train_labels=labels)
        )


def test_an_empty_folder_cannot_be_resumed(tmp_path, data):
    with pytest.raises(RunMismatchError, match="holds no run to resume"):
        train(tiny_runs.config(), tmp_path, resume=True, progress=SILENT, data=data)


class Intruder:
    def __reduce__(self):
        return (Path.touch, (Path("intruder"),))


def cut(content):
    return content[: len(content) // 2]


def flip(content):
    """Change one bit in the middle of the largest tensor, which torch itself would read without a word."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def test_torch_alone_does_not_notice_a_flipped_bit(whole):
    torch.load(io.BytesIO(flip(whole.checkpoint.read_bytes())), weights_only=True)


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        flip,
        lambda content: b"",
        lambda content: b"no checkpoint",
        lambda content: pickle.dumps(Intruder()),
    ],
    ids=["cut", "flipped bit", "empty", "text", "pickled code"],
)
def test_a_damaged_checkpoint_is_an_error(tmp_path, data, whole, damage, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / FILE).write_bytes(damage(whole.checkpoint.read_bytes()))
    with pytest.raises(CheckpointDamagedError, match=r"checkpoint\.pt is damaged"):
        train(tiny_runs.config(), tmp_path, resume=True, progress=SILENT, data=data)
    assert not Path("intruder").exists()


def test_code_in_a_well_formed_checkpoint_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"format": 1, "config": Intruder()}, tmp_path / FILE)
    with pytest.raises(CheckpointDamagedError):
        load_checkpoint(tmp_path)
    assert not Path("intruder").exists()


def test_a_checkpoint_of_another_format_is_an_error(tmp_path):
    torch.save({"format": 99}, tmp_path / FILE)
    with pytest.raises(CheckpointDamagedError, match="has checkpoint format 99; this version reads format 2"):
        load_checkpoint(tmp_path)


def test_a_diverging_run_stops_with_an_error_and_keeps_its_checkpoint(tmp_path, data):
    recipe = tiny_runs.config(learning_rate=1e30)
    with pytest.raises(LossNotFiniteError, match="in epoch 1; try a smaller learning rate than 1e\\+30"):
        train(recipe, tmp_path, progress=SILENT, data=data)
    assert load_checkpoint(tmp_path).epoch == 0


@pytest.mark.parametrize("device", ["cuda:99", "abacus", "meta", "fpga", "hpu", ""])
def test_a_device_that_cannot_compute_here_is_an_error_of_one_short_line(tmp_path, data, device):
    with pytest.raises(TrainingError, match=f"device '{device}' cannot be used on this machine: ") as caught:
        train(tiny_runs.config(device=device), tmp_path, progress=SILENT, data=data)
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 160
    assert list(tmp_path.iterdir()) == []


# Progress


def test_without_a_terminal_there_is_a_line_an_epoch_on_stderr(tmp_path, data, capsys):
    recipe = tiny_runs.config(phases=(Phase("joint", 2),))
    run = train(recipe, tmp_path, data=data)
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert len(lines) == 2
    last = run.history[-1]
    assert lines[1].startswith(
        f"epoch 2/2 joint: loss {last.loss:.4f}, train {100 * last.train_accuracy:.2f} % ("
    )


def test_the_bar_shows_loss_accuracy_and_time_left_and_ends_full(tmp_path, data):
    screen = io.StringIO()
    bar = Bar(Console(file=screen, force_terminal=True, width=120))
    run = train(tiny_runs.config(), tmp_path, progress=bar, data=data)
    text = screen.getvalue()
    assert "epoch 3/4 offsets" in text
    assert "loss 2." in text
    assert "accuracy" in text
    assert "left" in text
    assert f"epoch 4/4 offsets: loss {run.history[-1].loss:.4f}" in text
    assert all(task.finished for task in bar._progress.tasks)


def test_the_reporter_is_chosen_by_wish_and_by_terminal(monkeypatch):
    assert choose_reporter(SILENT) is SILENT
    assert isinstance(choose_reporter(True), Bar)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert isinstance(choose_reporter(None), Bar)
    assert isinstance(choose_reporter(False), Lines)
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    assert isinstance(choose_reporter(None), Lines)
