import copy
import io
import pickle

import numpy as np
import pytest
import torch
from deformable_cases import cotangent
from torch import nn

from dcn_course import reference
from dcn_course.layers import Conv2d, DeformableConv2d, DeformConv2d, OffsetPredictor
from dcn_course.ops import conv2d, deform_conv2d

BORDERS = ("zeros", "project")


def image(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def whole_layer(border="zeros", bias=True, seed=0, maps=3, **options):
    """OP + DC whose offsets are spread over several pixels."""
    torch.manual_seed(seed)
    layer = DeformableConv2d(2, maps, (3, 2), bias=bias, border=border, dtype=torch.float64, **options)
    with torch.no_grad():
        for parameter in layer.offset_predictor.parameters():
            parameter.normal_(0, 0.6)
    return layer


# Conv2d


def test_conv2d_equals_torchs_layer_with_the_same_state():
    arguments = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2, "dtype": torch.float64}
    ours, theirs = Conv2d(4, 6, (3, 2), **arguments), nn.Conv2d(4, 6, (3, 2), **arguments)
    ours.load_state_dict(theirs.state_dict())
    X = image(2, 4, 9, 8)
    torch.testing.assert_close(ours(X), theirs(X), rtol=0, atol=1e-12)


@pytest.mark.parametrize("layer", [Conv2d, DeformConv2d])
@pytest.mark.parametrize("bias", [True, False])
def test_kernel_and_bias_start_with_the_very_numbers_of_torchs_layer(layer, bias):
    torch.manual_seed(7)
    theirs = nn.Conv2d(4, 6, (3, 2), groups=2, bias=bias)
    torch.manual_seed(7)
    ours = layer(4, 6, (3, 2), groups=2, bias=bias)
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    for name, tensor in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], tensor)


# OffsetPredictor


@pytest.mark.equation("offset-predictor")
@pytest.mark.parametrize("offset_groups", [1, 2])
def test_the_offset_predictor_is_a_convolution_with_two_maps_for_each_tap_and_group(offset_groups):
    layer = OffsetPredictor(4, (3, 2), (1, 2), (1, 0), (2, 1), offset_groups, dtype=torch.float64)
    assert layer.weight.shape == (2 * offset_groups * 6, 4, 3, 2)
    with torch.no_grad():
        layer.weight.normal_()
        layer.bias.normal_()
    X = image(2, 4, 9, 8)
    expected = reference.offset_predictor(
        X.numpy(), layer.weight.detach().numpy(), layer.bias.detach().numpy(), (1, 2), (1, 0), (2, 1)
    )
    np.testing.assert_allclose(layer(X).detach().numpy(), expected, rtol=0, atol=1e-12)


def test_the_offset_predictor_starts_with_zeros_and_draws_no_random_numbers():
    before = torch.get_rng_state()
    layer = OffsetPredictor(4, (3, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(p, torch.zeros_like(p)) for p in layer.parameters())
    assert OffsetPredictor(4, 3, bias=False).bias is None


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_under_autocast_offsets_are_predicted_in_the_precision_of_the_kernel(dtype):
    layer, X = OffsetPredictor(2, 3, dtype=torch.float64), image(1, 2, 6, 7).to(dtype)
    with torch.no_grad():
        layer.weight.normal_()
    expected = layer(X.double()).to(dtype)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(layer(X), expected)


# DeformConv2d


@pytest.mark.parametrize("border", BORDERS)
def test_the_deformable_layer_calls_the_operator_with_all_its_arguments(border):
    geometry = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}
    layer = DeformConv2d(4, 6, (3, 2), groups=2, border=border, dtype=torch.float64, **geometry)
    X, offset, mask = image(2, 4, 9, 8), 2 * image(2, 24, 5, 10, seed=1), image(2, 12, 5, 10, seed=2)
    expected = deform_conv2d(X, offset, layer.weight, layer.bias, **geometry, mask=mask, border=border)
    assert torch.equal(layer(X, offset, mask), expected)
    assert not torch.equal(layer(X, offset), expected)


# DeformableConv2d


@pytest.mark.parametrize("border", BORDERS)
def test_the_whole_layer_starts_as_its_convolution(border):
    layer = DeformableConv2d(2, 3, 3, border=border, dtype=torch.float64)
    X = image(2, 2, 7, 6)
    expected = conv2d(X, layer.deform_conv.weight, layer.deform_conv.bias)
    torch.testing.assert_close(layer(X), expected, rtol=0, atol=1e-12)


@pytest.mark.equation("gradient-input-two-summands")
@pytest.mark.equation("offset-predictor")
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize(("groups", "offset_groups"), [(1, 1), (2, 1), (1, 2), (2, 2)])
def test_output_and_input_gradient_equal_the_specification(border, groups, offset_groups):
    geometry = ((2, 1), (1, 2), (1, 2))
    stride, padding, dilation = geometry
    layer = whole_layer(
        border,
        maps=4,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        offset_groups=offset_groups,
    )
    # The specification reads the numbers of groups off these shapes.
    assert layer.deform_conv.weight.shape == (4, 2 // groups, 3, 2)
    assert layer.offset_predictor.weight.shape == (2 * offset_groups * 3 * 2, 2, 3, 2)
    X = image(2, 2, 7, 6).requires_grad_()
    parameters = [
        p.detach().numpy()
        for part in (layer.offset_predictor, layer.deform_conv)
        for p in (part.weight, part.bias)
    ]
    Y = layer(X)
    delta = cotangent(Y)
    Y.backward(delta)
    X_numpy = X.detach().numpy()
    expected = reference.deformable_conv2d(X_numpy, *parameters, *geometry, border=border)
    np.testing.assert_allclose(Y.detach().numpy(), expected, rtol=0, atol=1e-12)
    summands = reference.deformable_conv2d_grad_input(
        delta.numpy(), X_numpy, *parameters, *geometry, border=border
    )
    assert min(np.abs(summands.through_dc).max(), np.abs(summands.through_op).max()) > 0.5
    np.testing.assert_allclose(X.grad.numpy(), summands.total, rtol=0, atol=1e-11)


@pytest.mark.equation("central-difference")
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize(
    "name",
    [
        "input",
        "offset_predictor.weight",
        "offset_predictor.bias",
        "deform_conv.weight",
        "deform_conv.bias",
    ],
)
def test_the_jacobian_of_each_parameter_of_op_and_dc_equals_the_numerical_one(border, name):
    layer = whole_layer(border, groups=1, offset_groups=2, padding=(1, 0))
    tensors = {"input": image(2, 2, 5, 4).requires_grad_(), **dict(layer.named_parameters())}
    offset = layer.offset_predictor(tensors["input"])
    assert (offset - offset.round()).abs().min() > 1e-4  # away from the kinks
    assert offset.std() > 1

    def output(value):
        with torch.no_grad():
            changed = {**tensors, name: torch.from_numpy(value)}
            parameters = {key: tensor for key, tensor in changed.items() if key != "input"}
            return torch.func.functional_call(layer, parameters, changed["input"]).numpy()

    numerical = reference.numerical_jacobian(output, tensors[name].detach().numpy())
    Y = layer(tensors["input"]).flatten()
    derived = [torch.autograd.grad(y, tensors[name], retain_graph=True)[0].flatten() for y in Y]
    assert np.abs(numerical).max() > 0.1
    np.testing.assert_allclose(torch.stack(derived).numpy(), numerical, rtol=0, atol=2e-8)


@pytest.mark.parametrize("border", BORDERS)
def test_gradcheck_accepts_the_whole_layer(border):
    layer = whole_layer(border)
    X = image(1, 2, 5, 4).requires_grad_()
    names = list(dict(layer.named_parameters()))

    def function(X, *parameters):
        return torch.func.functional_call(layer, dict(zip(names, parameters, strict=True)), X)

    assert torch.autograd.gradcheck(function, (X, *layer.parameters()))


# As modules

LAYERS = {
    "Conv2d": lambda: Conv2d(2, 3, (3, 2), dtype=torch.float64),
    "OffsetPredictor": lambda: OffsetPredictor(2, (3, 2), dtype=torch.float64),
    "DeformableConv2d": lambda: whole_layer("project"),
}
each_layer = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())


@each_layer
def test_a_layer_survives_copying_pickling_and_its_state(make):
    layer, X = make(), image(2, 2, 7, 6)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(0, 0.5)
    expected = layer(X)
    file = io.BytesIO()
    torch.save(layer.state_dict(), file)
    file.seek(0)
    restored = make()
    assert not torch.equal(restored(X), expected)
    restored.load_state_dict(torch.load(file, weights_only=True))
    for again in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer)), restored):
        assert torch.equal(again(X), expected)
        assert repr(again) == repr(layer)


@each_layer
def test_a_layer_takes_the_dtype_and_device_it_is_moved_to(make):
    layer = make().to(torch.float32)
    assert layer(image(2, 2, 7, 6).float()).dtype == torch.float32
    assert all(parameter.is_meta for parameter in make().to("meta").parameters())


def test_layers_are_made_with_the_dtype_and_device_that_is_asked_for():
    options = {"device": "meta", "dtype": torch.bfloat16}
    layers = (
        Conv2d(2, 3, 3, **options),
        OffsetPredictor(2, 3, **options),
        DeformConv2d(2, 3, 3, **options),
        DeformableConv2d(2, 3, 3, **options),
    )
    for parameter in (p for layer in layers for p in layer.parameters()):
        assert parameter.is_meta
        assert parameter.dtype == torch.bfloat16


def test_the_representation_names_what_is_not_the_default():
    plain = "2, 3, kernel_size=(3, 3), stride=(1, 1)"
    assert repr(Conv2d(2, 3, 3)) == f"Conv2d({plain})"
    assert repr(DeformConv2d(2, 3, 3)) == f"DeformConv2d({plain}, border='zeros')"
    every = DeformConv2d(2, 4, 3, 2, 1, (1, 2), 2, bias=False, border="project", backend="torch")
    assert repr(every) == (
        "DeformConv2d(2, 4, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), dilation=(1, 2), groups=2, "
        "bias=False, border='project', backend='torch')"
    )
    assert "offset_groups=2" in repr(DeformableConv2d(2, 4, 3, offset_groups=2))


@pytest.mark.parametrize(
    ("make", "error", "name", "words"),
    [
        (lambda: Conv2d(0, 3, 3), ValueError, "in_channels", ["at least 1", "0"]),
        (lambda: Conv2d(2, 3.0, 3), TypeError, "out_channels", ["int", "3.0"]),
        (lambda: Conv2d(2, 3, (3, 0)), ValueError, r"kernel_size\[1\]", ["at least 1", "0"]),
        (lambda: Conv2d(2, 3, 3, stride=0), ValueError, "stride", ["at least 1", "0"]),
        (lambda: Conv2d(2, 3, 3, padding="same"), TypeError, "padding", ["pair", "'same'"]),
        (lambda: Conv2d(2, 3, 3, dilation=(1, 1, 1)), ValueError, "dilation", ["pair", "3 values"]),
        (lambda: Conv2d(2, 3, 3, groups=2), ValueError, "groups", ["in_channels=2", "out_channels=3", "2"]),
        (lambda: Conv2d(2, 3, 3, groups=0), ValueError, "groups", ["at least 1", "0"]),
        (lambda: OffsetPredictor(4, 3, offset_groups=3), ValueError, "offset_groups", ["in_channels=4", "3"]),
        (lambda: OffsetPredictor(0, 3), ValueError, "in_channels", ["at least 1", "0"]),
        (lambda: OffsetPredictor("4", 3), TypeError, "in_channels", ["int", "'4'"]),
        (lambda: DeformConv2d(2, 3, 3, border="wrap"), ValueError, "border", ["'zeros'", "'wrap'"]),
        (lambda: DeformConv2d(2, 3, 3, backend="gpu"), ValueError, "backend", ["'torch'", "'gpu'"]),
        (lambda: DeformableConv2d(2, 3, 3, border="wrap"), ValueError, "border", ["'zeros'", "'wrap'"]),
        (lambda: DeformableConv2d(2, 3, 3, offset_groups=3), ValueError, "offset_groups", ["=2", "3"]),
    ],
)
def test_a_wrong_argument_of_a_layer_is_refused_when_it_is_made(make, error, name, words):
    with pytest.raises(error, match=f"^{name}: ") as caught:
        make()
    for word in ("expected", "got", *words):
        assert word in str(caught.value)


def test_a_wrong_input_of_the_whole_layer_is_refused_by_name():
    with pytest.raises(
        ValueError, match=r"^weight: expected 3 channels a group.*got the shape \(18, 2, 3, 3\)"
    ):
        DeformableConv2d(2, 3, 3)(torch.zeros(1, 3, 8, 8))
