"""Sampling area and support: against central differences, and against changing the pixels themselves."""

import pytest
import torch
from torch import nn

import dcn_course
from dcn_course import reference
from dcn_course.layers import Conv2d, DeformableConv2d
from dcn_course.lenet import LeNet5, LeNet5DC
from dcn_course.sampling import (
    first_layers,
    sampling_area,
    sampling_areas,
    sampling_support,
    sampling_supports,
)

BORDERS = ("zeros", "project")
LENETS = {
    "LeNet5": LeNet5,
    **{f"LeNet5DC, {border}": lambda border=border: LeNet5DC(border=border) for border in BORDERS},
}
each_lenet = pytest.mark.parametrize("make", LENETS.values(), ids=LENETS.keys())
each_border = pytest.mark.parametrize("border", BORDERS)


def picture(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def randomised(network, reach=0.4, seed=0):
    """In float64, with offsets of several pixels."""
    network = network.double().eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, DeformableConv2d):
                for parameter in module.offset_predictor.parameters():
                    parameter.normal_(0, reach, generator=generator)
    return network


def positive(network):
    """All kernels positive and no bias, so that nothing cancels and no ReLU is shut on a positive image."""
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "offset_predictor" not in name:
                parameter.abs_().add_(0.01) if name.endswith("weight") else parameter.zero_()
    return network


def small_network(border="zeros"):
    """Two deformable layers, nothing square, groups of both kinds, maps of 4×5 from images of 2×11×12."""
    torch.manual_seed(1)
    return randomised(
        nn.Sequential(
            DeformableConv2d(2, 4, (3, 2), (1, 2), (1, 2), (1, 2), offset_groups=2, border=border),
            nn.ReLU(),
            nn.MaxPool2d((2, 1)),
            DeformableConv2d(4, 4, (2, 3), groups=2, border=border),
        ),
        reach=0.3,
    )


def points_that_follow(network, image, point, change, channels=slice(None)):
    """The pixels (H, W) whose change, one at a time, changes the value at the point."""
    height, width = image.shape[1:]
    changed = image.repeat(height * width, 1, 1, 1)
    for q in range(height * width):
        changed[q, :, q // width, q % width] += change
    with torch.no_grad():
        values = network(torch.cat((image.unsqueeze(0), changed)))[:, channels, *point]
    return (values[1:] != values[0]).any(1).view(height, width)


# The area


@pytest.mark.equation("sampling-area")
@each_border
@pytest.mark.parametrize("channels", [None, [2], [3, 0]])
@pytest.mark.parametrize("reduce", ["magnitude", "signed"])
def test_the_area_equals_central_differences(border, channels, reduce):
    network, image, point = small_network(border), picture(2, 11, 12), (2, 3)
    chosen = slice(None) if channels is None else channels

    def values(X):
        with torch.no_grad():
            return network(torch.from_numpy(X).unsqueeze(0))[0, chosen, *point].numpy()

    jacobian = torch.from_numpy(reference.numerical_jacobian(values, image.numpy())).view(-1, *image.shape)
    expected = (jacobian.abs() if reduce == "magnitude" else jacobian).sum((0, 1))
    area = sampling_area(network, image, point, channels=channels, reduce=reduce)
    assert area.shape == (11, 12)
    assert expected.abs().max() > 0.1
    torch.testing.assert_close(area, expected, rtol=0, atol=1e-7)


@pytest.mark.equation("sampling-area")
@each_lenet
def test_the_area_of_a_lenet_is_that_of_its_second_convolution_before_the_relu(make):
    torch.manual_seed(0)
    network, image, point = randomised(make(), 0.1), picture(1, 32, 32), (3, 7)
    seen = []
    handle = network.conv2.register_forward_hook(lambda module, arguments, output: seen.append(output))
    X = image.unsqueeze(0).requires_grad_()
    network(X)
    handle.remove()
    expected = sum(
        torch.autograd.grad(value, X, retain_graph=True)[0].abs()[0, 0] for value in seen[0][0, :, *point]
    )
    torch.testing.assert_close(sampling_area(network, image, point), expected, rtol=0, atol=1e-12)
    assert torch.equal(
        sampling_area(first_layers(network), image, point), sampling_area(network, image, point)
    )


def test_with_zero_offsets_the_area_is_that_of_the_plain_network_with_the_same_kernels():
    torch.manual_seed(0)
    network, plain, image = LeNet5DC().double(), LeNet5().double(), picture(1, 32, 32)
    for name in ("conv1", "conv2"):
        getattr(plain, name).load_state_dict(getattr(network, name).deform_conv.state_dict())
    torch.testing.assert_close(
        sampling_area(network, image, (4, 5)), sampling_area(plain, image, (4, 5)), rtol=0, atol=1e-12
    )


def test_the_area_takes_one_image_with_or_without_its_batch_axis_and_keeps_its_dtype():
    torch.manual_seed(0)
    network, image = LeNet5DC(in_channels=3), picture(3, 32, 32).float()
    area = sampling_area(network, image, (0, 9))
    assert area.dtype == torch.float32
    assert torch.equal(sampling_area(network, image[None], (0, 9)), area)


def test_nothing_is_left_behind_and_the_callers_grad_mode_does_not_matter():
    network, image = small_network(), picture(2, 11, 12).requires_grad_()
    area = sampling_area(network, image, (1, 1))
    support = sampling_support(network, image, (1, 1))
    with torch.no_grad():
        assert torch.equal(sampling_area(network, image, (1, 1)), area)
        assert torch.equal(sampling_support(network, image, (1, 1)), support)
    assert not area.requires_grad
    assert image.grad is None
    assert all(parameter.grad is None for parameter in network.parameters())


# The support


@pytest.mark.equation("sampling-support")
@pytest.mark.parametrize("point", [(0, 0), (3, 7), (9, 9)])
def test_the_support_of_the_plain_lenet_is_its_receptive_field_and_each_pixel_in_it_matters(point):
    torch.manual_seed(0)
    network, image = positive(LeNet5().double()), picture(1, 32, 32).abs()
    oy, ox = point
    expected = torch.zeros(32, 32, dtype=torch.bool)
    expected[2 * oy : 2 * oy + 14, 2 * ox : 2 * ox + 14] = True
    support = sampling_support(network, image, point)
    assert torch.equal(support, expected)
    # Much larger than the rest: whatever it is pooled with, it is the maximum.
    assert torch.equal(points_that_follow(first_layers(network), image, point, 1e3), support)


@pytest.mark.equation("sampling-support")
def test_the_area_of_a_plain_network_with_positive_kernels_fills_the_support():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(2, 4, (3, 2), (2, 1), (1, 0), (1, 2), groups=2), nn.ReLU(), nn.AvgPool2d(2), Conv2d(4, 3, 2)
    )
    network, image = positive(network.double()), picture(2, 13, 12).abs()
    for point in ((0, 0), (1, 2)):
        area = sampling_area(network, image, point)
        assert torch.equal(area > 0, sampling_support(network, image, point))


@pytest.mark.equation("sampling-support")
@each_border
def test_where_the_offsets_are_constant_the_support_is_just_what_the_samples_read(border):
    network, image = positive(small_network(border)), picture(2, 11, 12).abs()
    with torch.no_grad():
        for layer in (network[0], network[3]):
            layer.offset_predictor.weight.zero_()
    for point in ((0, 0), (2, 3), (3, 4)):
        support = sampling_support(network, image, point, through_offsets=False)
        assert 0 < support.sum() < support.numel()
        assert torch.equal(points_that_follow(network, image, point, 1e3), support)


@pytest.mark.equation("sampling-support")
@each_border
@pytest.mark.parametrize("channels", [None, [1]])
def test_a_point_follows_each_pixel_of_its_support_and_no_other(border, channels):
    torch.manual_seed(1)
    layers = (
        DeformableConv2d(2, 4, (2, 1), (1, 2), (1, 2), (1, 2), offset_groups=2, border=border),
        nn.Tanh(),
        nn.AvgPool2d((2, 1), (1, 1)),
        DeformableConv2d(4, 4, (1, 2), groups=2, border=border),
    )
    network = randomised(nn.Sequential(*layers), reach=1.0)
    image, chosen = picture(2, 11, 12), slice(None) if channels is None else channels
    through_op_alone = 0
    for point in ((0, 0), (4, 3), (8, 2)):
        support = sampling_support(network, image, point, channels=channels)
        assert 0 < support.sum() < support.numel()
        assert torch.equal(points_that_follow(network, image, point, 0.1, chosen), support)
        through_dc = sampling_support(network, image, point, channels=channels, through_offsets=False)
        assert not (through_dc & ~support).any()
        through_op_alone += (support & ~through_dc).sum()
    assert through_op_alone > 0


def test_the_support_asks_what_is_read_not_what_the_kernels_make_of_it():
    network, image = small_network(), picture(2, 11, 12)
    support = sampling_support(network, image, (2, 3))
    with torch.no_grad():
        # The offsets of the second layer depend on the maps of the first, so that one keeps its kernel.
        network[3].deform_conv.weight.zero_()
    assert torch.equal(sampling_support(network, image, (2, 3)), support)


@pytest.mark.equation("sampling-support")
@pytest.mark.parametrize("pooling", [nn.MaxPool2d, nn.AvgPool2d])
def test_pooling_may_overlap_be_padded_and_end_outside(pooling):
    network, image = pooling((3, 2), stride=(2, 1), padding=(1, 0), ceil_mode=True), picture(1, 6, 5)
    with torch.no_grad():
        height, width = network(image[None]).shape[2:]
    assert (height, width) == (4, 4)
    for point in ((0, 0), (1, 2), (3, 3)):
        support = sampling_support(network, image, point)
        assert torch.equal(points_that_follow(network, image, point, 1e3), support)


@each_lenet
@pytest.mark.parametrize("point", [(0, 0), (4, 6), (9, 9)])
def test_the_rest_of_the_image_may_be_replaced(make, point):
    torch.manual_seed(0)
    network, image = randomised(make(), 0.1), picture(1, 32, 32)
    support, layers = sampling_support(network, image, point), first_layers(network)
    other = torch.where(support, image, 100 * picture(1, 32, 32, seed=1))
    assert not torch.equal(other, image)
    before, after = (layers(X.unsqueeze(0))[0] for X in (image, other))
    assert torch.equal(after[:, *point], before[:, *point])
    assert not torch.equal(after, before)


@each_lenet
def test_the_support_holds_every_pixel_with_a_gradient(make):
    torch.manual_seed(0)
    network, image = randomised(make(), 0.1), picture(1, 32, 32)
    for point in ((0, 0), (4, 6), (9, 9)):
        area, support = sampling_area(network, image, point), sampling_support(network, image, point)
        assert (area > 0).sum() > 50
        assert not ((area > 0) & ~support).any()


@each_border
def test_at_the_start_a_deformable_lenet_reads_what_the_plain_one_reads(border):
    image = picture(1, 32, 32).float()
    for through_offsets in (True, False):
        assert torch.equal(
            sampling_support(LeNet5DC(border=border), image, (3, 5), through_offsets=through_offsets),
            sampling_support(LeNet5(), image, (3, 5)),
        )


@each_border
def test_each_summand_reads_its_own_pixels(border):
    layer, image = DeformableConv2d(1, 1, 1, border=border).double(), picture(1, 6, 7)
    with torch.no_grad():
        layer.offset_predictor.bias.copy_(torch.tensor([2.5, -1.0]))
    support = sampling_support(layer, image, (1, 4))
    assert support.nonzero().tolist() == [[1, 4], [3, 3], [4, 3]]
    through_dc = sampling_support(layer, image, (1, 4), through_offsets=False)
    assert through_dc.nonzero().tolist() == [[3, 3], [4, 3]]


# What is exported, and what is refused


def test_the_functions_are_exported_by_name():
    assert dcn_course.sampling_area is sampling_area
    assert dcn_course.sampling_support is sampling_support


@pytest.mark.parametrize("function", [sampling_area, sampling_support])
@pytest.mark.parametrize(
    ("changed", "error", "name", "words"),
    [
        ({"image": [[0.0]]}, TypeError, "image", ["torch.Tensor", "list"]),
        ({"image": torch.zeros(2, 1, 32, 32)}, ValueError, "image", ["one image", "(2, 1, 32, 32)"]),
        ({"image": torch.zeros(32, 32)}, ValueError, "image", ["(C, H, W)", "(32, 32)"]),
        ({"image": torch.zeros(1, 32, 32, dtype=torch.int64)}, TypeError, "image", ["floating", "int64"]),
        ({"point": 3}, TypeError, "point", ["pair (oy, ox)", "3 (int)"]),
        ({"point": (0, 10)}, ValueError, "point", ["10x10", "(0, 10)"]),
        ({"point": (-1, 0)}, ValueError, "point[0]", ["at least 0", "-1"]),
        ({"point": (0.5, 0)}, TypeError, "point[0]", ["int", "0.5"]),
        ({"channels": [16]}, ValueError, "channels", ["0..15", "[16]"]),
        ({"channels": []}, ValueError, "channels", ["0..15", "[]"]),
        ({"channels": ["1"]}, TypeError, "channels[0]", ["int", "'1'"]),
        ({"network": nn.Flatten()}, None, "network", []),
    ],
)
def test_a_wrong_argument_is_refused(function, changed, error, name, words):
    arguments = {"network": LeNet5(), "image": torch.zeros(1, 32, 32), "point": (0, 0), **changed}
    if "network" in changed:
        # A function of any kind may be differentiated; only its output is not one of maps.
        error, words = {
            sampling_area: (ValueError, ["(1, C2, Ho, Wo)", "(1, 1024)"]),
            sampling_support: (TypeError, ["DeformableConv2d", "Flatten"]),
        }[function]
    with pytest.raises(error) as caught:
        function(**arguments)
    assert str(caught.value).startswith(f"{name}: expected")
    for word in (*words, "got"):
        assert word in str(caught.value)


def test_an_unknown_reduction_is_refused():
    with pytest.raises(ValueError, match=r"^reduce: expected one of 'magnitude', 'signed', got 'mean'"):
        sampling_area(LeNet5(), torch.zeros(1, 32, 32), (0, 0), reduce="mean")


@pytest.mark.parametrize(
    ("layer", "word"),
    [
        (nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"), "padding_mode='zeros'"),
        (nn.MaxPool2d(2, dilation=2), "dilation 1"),
        (nn.MaxPool2d(2, return_indices=True), "without indices"),
    ],
)
def test_a_layer_with_a_setting_that_is_not_covered_is_refused(layer, word):
    with pytest.raises(ValueError, match=rf"^network: expected .*{word}.*, got .*{type(layer).__name__}"):
        sampling_support(nn.Sequential(nn.ReLU(), layer), torch.zeros(1, 8, 8), (0, 0))


def test_only_a_lenet_is_cut():
    with pytest.raises(TypeError, match=r"^network: expected a LeNet5, got Sequential"):
        first_layers(nn.Sequential())


@each_border
def test_several_points_at_once_are_what_each_gives_alone(border):
    network, image = randomised(LeNet5DC(border=border)), picture(1, 32, 32)
    points = [(0, 0), (4, 5), (9, 2), (4, 5)]
    areas, supports = sampling_areas(network, image, points), sampling_supports(network, image, points)
    for point, area, support in zip(points, areas, supports, strict=True):
        torch.testing.assert_close(area, sampling_area(network, image, point))
        assert torch.equal(support, sampling_support(network, image, point))
    assert not torch.equal(supports[0], supports[1])


@pytest.mark.parametrize("function", [sampling_areas, sampling_supports])
def test_no_point_at_all_is_refused(function):
    with pytest.raises(ValueError, match="points: expected at least one output point"):
        function(LeNet5(), torch.zeros(1, 32, 32), [])
