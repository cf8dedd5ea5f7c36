import copy
import pickle

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from dcn_course.layers import DeformableConv2d
from dcn_course.lenet import LeNet5, LeNet5DC, offset_parameters

NETWORKS = (LeNet5, LeNet5DC)


def images(n=3, channels=1):
    return torch.randn(n, channels, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(("channels", "classes"), [(1, 10), (3, 7)])
def test_each_image_gets_a_score_for_each_class(network, channels, classes):
    assert network(channels, classes)(images(3, channels)).shape == (3, classes)


def test_lenet5_has_lecuns_sizes():
    shapes = {name: tuple(p.shape) for name, p in LeNet5().named_parameters() if name.endswith("weight")}
    assert shapes == {
        "conv1.weight": (6, 1, 5, 5),
        "conv2.weight": (16, 6, 5, 5),
        "fc1.weight": (120, 400),
        "fc2.weight": (84, 120),
        "fc3.weight": (10, 84),
    }
    assert sum(p.numel() for p in LeNet5().parameters()) == 156 + 2416 + 48120 + 10164 + 850


def test_lenet5_convolves_with_the_frameworks_own_layer():
    assert [type(module) for module in (LeNet5().conv1, LeNet5().conv2)] == [nn.Conv2d, nn.Conv2d]


def test_lenet5dc_replaces_both_convolutions_and_nothing_else():
    network = LeNet5DC()
    deformable = [name for name, module in network.named_modules() if isinstance(module, DeformableConv2d)]
    assert deformable == ["conv1", "conv2"]
    assert not any(isinstance(module, nn.Conv2d) for module in network.modules())
    assert network.conv1.deform_conv.weight.shape == (6, 1, 5, 5)
    assert network.conv2.deform_conv.weight.shape == (16, 6, 5, 5)
    assert network.conv1.offset_predictor.weight.shape == (50, 1, 5, 5)
    assert network.conv2.offset_predictor.weight.shape == (50, 6, 5, 5)


def test_lenet5dc_starts_as_lenet5_with_the_same_kernels():
    network, plain = LeNet5DC(), LeNet5()
    state = {
        name.replace("deform_conv.", ""): tensor
        for name, tensor in network.state_dict().items()
        if "offset_predictor" not in name
    }
    plain.load_state_dict(state)
    torch.testing.assert_close(network(images()), plain(images()), rtol=0, atol=1e-5)


@pytest.mark.parametrize("border", ["project", "zeros"])
def test_the_border_and_the_backend_reach_both_layers(border):
    network = LeNet5DC(border=border, backend="torch")
    for layer in (network.conv1, network.conv2):
        assert (layer.deform_conv.border, layer.deform_conv.backend) == (border, "torch")


def test_the_reports_border_is_the_default():
    assert {layer.deform_conv.border for layer in (LeNet5DC().conv1, LeNet5DC().conv2)} == {"project"}


def test_an_unknown_border_or_backend_is_refused():
    with pytest.raises(ValueError, match=r"^border: expected one of 'zeros', 'project', got 'wrap'"):
        LeNet5DC(border="wrap")
    with pytest.raises(ValueError, match=r"^backend: expected one of .*, got 'gpu'"):
        LeNet5DC(backend="gpu")


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", ["in_channels", "num_classes"])
def test_a_number_of_channels_or_classes_that_cannot_be_is_refused(network, name):
    with pytest.raises(ValueError, match=f"^{name}: expected an int of at least 1, got 0$"):
        network(**{name: 0})
    with pytest.raises(TypeError, match=rf"^{name}: expected an int, got '1' \(str\)$"):
        network(**{name: "1"})


def test_the_offset_parameters_are_those_of_the_predictors_and_no_others():
    network = LeNet5DC()
    names = {id(p): name for name, p in network.named_parameters()}
    assert [names[id(p)] for p in offset_parameters(network)] == [
        "conv1.offset_predictor.weight",
        "conv1.offset_predictor.bias",
        "conv2.offset_predictor.weight",
        "conv2.offset_predictor.bias",
    ]
    assert list(offset_parameters(LeNet5())) == []


def test_every_parameter_gets_a_gradient_and_a_step_lowers_the_loss():
    torch.manual_seed(0)
    network, labels = LeNet5DC(), torch.tensor([3, 1, 4])
    before = F.cross_entropy(network(images()), labels)
    before.backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad.abs().max() > 0, name
    with torch.no_grad():
        for parameter in network.parameters():
            parameter -= 0.01 * parameter.grad
    assert F.cross_entropy(network(images()), labels) < before


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_survives_copying_and_pickling(network):
    original = network()
    expected = original(images())
    for again in (copy.deepcopy(original), pickle.loads(pickle.dumps(original))):
        assert torch.equal(again(images()), expected)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("shape", [(2, 1, 28, 28), (2, 3, 32, 32), (1, 32, 32), (2, 1, 32, 31)])
def test_images_of_another_shape_are_refused(network, shape):
    with pytest.raises(ValueError, match=r"^images: expected the shape \(N, 1, 32, 32\), got") as caught:
        network()(torch.zeros(shape))
    assert str(shape) in str(caught.value)
