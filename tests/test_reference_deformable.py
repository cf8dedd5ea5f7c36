from itertools import product

import numpy as np
import pytest

from dcn_course.reference import (
    conv2d,
    conv2d_grad_bias,
    conv2d_grad_weight,
    deform_conv2d,
    deform_conv2d_backward,
    deform_conv2d_grad_input,
    deform_conv2d_grad_mask,
    deform_conv2d_grad_offset,
    deform_im2col,
    deformable_conv2d,
    deformable_conv2d_grad_input,
    im2col,
    locate,
    numerical_gradient,
    offset_predictor,
    output_size,
    sampling_position,
)

BORDERS = ["zeros", "project"]
borders = pytest.mark.parametrize("border", BORDERS)

# (N, C1, H, W), (C2, kH, kW), stride, padding, dilation, weight groups, offset groups, with mask
CASES = [
    ((1, 1, 3, 4), (1, 1, 1), 1, 0, 1, 1, 1, False),
    ((2, 2, 4, 3), (2, 2, 2), 1, 0, 1, 1, 1, True),
    ((1, 2, 4, 5), (2, 3, 2), (2, 1), (1, 0), 1, 2, 1, False),
    ((2, 4, 3, 4), (2, 1, 3), (1, 2), (0, 2), (1, 2), 2, 2, True),
    ((1, 4, 5, 3), (4, 2, 1), (3, 1), (1, 1), (3, 1), 1, 4, True),
    ((1, 6, 1, 4), (3, 1, 2), 1, (1, 0), (1, 2), 3, 2, True),
    ((1, 1, 3, 1), (2, 2, 1), 1, 1, 1, 1, 1, True),
]
cases = pytest.mark.parametrize(
    ("shape", "kernel", "stride", "padding", "dilation", "groups", "offset_groups", "masked"), CASES
)


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def arrays(shape, kernel, stride, padding, dilation, groups, offset_groups, masked, seed=0):
    """The arguments of deform_conv2d by name, and a cotangent of its output.

    Every position is at least 0.05 from the lattice lines, many lie outside, and two taps of the first
    output point read at the same place.
    """
    rng = np.random.default_rng(seed)
    (N, C1, H, W), (C2, kH, kW) = shape, kernel
    (sy, sx), (py, px), (dy, dx) = pair(stride), pair(padding), pair(dilation)
    Ho, Wo = output_size(H, kH, sy, py, dy), output_size(W, kW, sx, px, dx)
    taps = kH * kW
    # Where each tap reads, less where it would read without an offset.
    places = rng.integers(-3, max(H, W) + 3, (N, offset_groups, taps, 2, Ho, Wo))
    places = places + rng.uniform(0.05, 0.95, places.shape)
    places[:, :, -1, :, 0, 0] = places[:, :, 0, :, 0, 0]
    offset = np.zeros(places.shape)
    for k, oy, ox in product(range(taps), range(Ho), range(Wo)):
        i, j = divmod(k, kW)
        offset[:, :, k, 0, oy, ox] = places[:, :, k, 0, oy, ox] - (sy * oy - py + dy * i)
        offset[:, :, k, 1, oy, ox] = places[:, :, k, 1, oy, ox] - (sx * ox - px + dx * j)
    arguments = {
        "input": rng.normal(size=shape),
        "offset": offset.reshape(N, offset_groups * taps * 2, Ho, Wo),
        "weight": rng.normal(size=(C2, C1 // groups, kH, kW)),
        "bias": rng.normal(size=C2),
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "mask": rng.normal(size=(N, offset_groups * taps, Ho, Wo)) if masked else None,
    }
    return arguments, rng.normal(size=(N, C2, Ho, Wo))


def by_one_great_sum(input, offset, weight, bias, stride, padding, dilation, mask, border):
    """The equation as it stands: each value a sum over all pixels with tents."""
    (N, C1, H, W), (C2, C1_group, kH, kW) = input.shape, weight.shape
    (sy, sx), (py, px), (dy, dx) = pair(stride), pair(padding), pair(dilation)
    taps, (Ho, Wo) = kH * kW, offset.shape[2:]
    G = offset.shape[1] // (2 * taps)
    Y = np.zeros((N, C2, Ho, Wo)) + bias[:, None, None]
    for n, c2, oy, ox in np.ndindex(Y.shape):
        for c, i, j in np.ndindex(C1_group, kH, kW):
            c1 = c2 // (C2 // (C1 // C1_group)) * C1_group + c
            tap = c1 // (C1 // G) * taps + i * kW + j
            y = sy * oy - py + dy * i + offset[n, 2 * tap, oy, ox]
            x = sx * ox - px + dx * j + offset[n, 2 * tap + 1, oy, ox]
            if border == "project":
                y, x = np.clip(y, 0, H - 1), np.clip(x, 0, W - 1)
            tents = np.maximum(0, 1 - abs(y - np.arange(H))), np.maximum(0, 1 - abs(x - np.arange(W)))
            m = 1 if mask is None else mask[n, tap, oy, ox]
            Y[n, c2, oy, ox] += weight[c2, c, i, j] * m * (tents[0] @ input[n, c1] @ tents[1])
    return Y


@pytest.mark.equation("sampling-position")
def test_a_sampling_position_as_computed_by_hand():
    # Output point (2, 3), tap (1, 2), stride (2, 3), padding (1, 4), dilation (5, 1).
    assert sampling_position((2, 3), (1, 2), (0.25, -0.5), (2, 3), (1, 4), (5, 1)) == (8.25, 6.5)


@pytest.mark.equation("deformable-convolution")
@borders
@cases
def test_deformable_convolution_is_the_sum_of_the_equation(
    shape, kernel, stride, padding, dilation, groups, offset_groups, masked, border
):
    arguments, _ = arrays(shape, kernel, stride, padding, dilation, groups, offset_groups, masked)
    expected = by_one_great_sum(**arguments, border=border)
    np.testing.assert_allclose(deform_conv2d(**arguments, border=border), expected, rtol=0, atol=1e-12)


@pytest.mark.equation("scatter")
@pytest.mark.equation("gradient-offset")
@pytest.mark.equation("gradient-mask")
@pytest.mark.equation("gradient-columns")
@pytest.mark.equation("gradient-weight")
@pytest.mark.equation("gradient-bias")
@borders
@cases
def test_each_gradient_of_deformable_convolution_is_the_numerical_one(
    shape, kernel, stride, padding, dilation, groups, offset_groups, masked, border
):
    arguments, δ = arrays(shape, kernel, stride, padding, dilation, groups, offset_groups, masked)
    gradients = deform_conv2d_backward(δ, **arguments, border=border)
    assert (gradients.mask is None) == (not masked)
    for name in ["input", "offset", "weight", "bias"] + ["mask"] * masked:
        gradient, x = getattr(gradients, name), arguments[name]

        def f(x, name=name):
            return deform_conv2d(**{**arguments, name: x}, border=border)

        # Within a cell the output is linear in each single entry: a step up to 0.04 crosses no kink
        # and is exact, so a large one rounds least.
        expected = numerical_gradient(f, x, δ, eps=0.03)
        assert gradient.shape == x.shape, name
        np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-11, err_msg=name)


@pytest.mark.equation("deformable-convolution")
@cases
def test_with_zeros_output_and_gradients_are_those_of_torchvision(
    shape, kernel, stride, padding, dilation, groups, offset_groups, masked
):
    arguments, δ = arrays(shape, kernel, stride, padding, dilation, groups, offset_groups, masked)
    compare_with_torchvision(arguments, δ)


def test_on_lattice_points_too_output_and_gradients_are_those_of_torchvision():
    arguments, δ = arrays((2, 4, 4, 3), (2, 2, 2), 1, 1, 1, 2, 2, True)
    # Whole positions from -2 to beyond the last pixel, so -1, 0, H - 1 and H all occur.
    arguments["offset"] = np.round(arguments["offset"])
    compare_with_torchvision(arguments, δ)
    arguments["offset"] = np.zeros_like(arguments["offset"])
    compare_with_torchvision(arguments, δ)


def compare_with_torchvision(arguments, δ):
    torch = pytest.importorskip("torch")
    theirs_of = pytest.importorskip("torchvision").ops.deform_conv2d
    tensors = {
        name: torch.tensor(value, requires_grad=True) if isinstance(value, np.ndarray) else value
        for name, value in arguments.items()
    }
    theirs = theirs_of(**tensors)
    theirs.backward(torch.tensor(δ))
    np.testing.assert_allclose(deform_conv2d(**arguments), theirs.detach().numpy(), rtol=0, atol=1e-12)
    gradients = deform_conv2d_backward(δ, **arguments)
    for name, gradient in gradients._asdict().items():
        if gradient is not None:
            np.testing.assert_allclose(gradient, tensors[name].grad.numpy(), rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.equation("deformable-columns")
@borders
def test_without_offsets_and_padding_the_columns_are_those_of_im2col(border):
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 6))
    offset = np.zeros((2, 12, 2, 4))
    columns = deform_im2col(x, offset, (3, 2), (2, 1), 0, (1, 2), border=border).columns
    np.testing.assert_array_equal(columns, im2col(x, (3, 2), (2, 1), 0, (1, 2)))


@pytest.mark.equation("projection")
def test_without_offsets_the_padding_is_zero_with_zeros_and_replicates_with_project():
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(2, 3, 5, 4)), rng.normal(size=(2, 3, 3, 2))
    geometry = ((2, 1), (2, 3), (1, 2))
    offset = np.zeros((2, 12, *conv2d(x, weight, None, *geometry).shape[2:]))
    zeros = deform_conv2d(x, offset, weight, None, *geometry, border="zeros")
    np.testing.assert_allclose(zeros, conv2d(x, weight, None, *geometry), rtol=0, atol=1e-12)
    replicated = np.pad(x, ((0, 0), (0, 0), (2, 2), (3, 3)), mode="edge")
    project = deform_conv2d(x, offset, weight, None, *geometry, border="project")
    expected = conv2d(replicated, weight, None, geometry[0], 0, geometry[2])
    np.testing.assert_allclose(project, expected, rtol=0, atol=1e-12)


@pytest.mark.equation("deformable-columns")
def test_an_offset_of_one_pixel_moves_one_tap_of_one_output_point_of_one_group():
    x = np.arange(2 * 4 * 5, dtype=float).reshape(1, 2, 4, 5)
    offset = np.zeros((1, 2 * 2 * 4, 3, 4))
    # Second group, tap 2 (at (1, 0)), output point (0, 3): one up and one to the left.
    offset[0, 2 * (4 + 2), 0, 3] = -1
    offset[0, 2 * (4 + 2) + 1, 0, 3] = -1
    expected = im2col(x, 2)
    expected[0, 4 + 2, 3] = x[0, 1, 0, 2]
    np.testing.assert_array_equal(deform_im2col(x, offset, 2).columns, expected)


@borders
def test_the_buffers_hold_the_located_sample_of_each_position(border):
    arguments, _ = arrays((2, 4, 3, 4), (2, 1, 3), (1, 2), (0, 2), (1, 2), 2, 2, True)
    x, offset = arguments["input"], arguments["offset"]
    buffers = deform_im2col(x, offset, (1, 3), (1, 2), (0, 2), (1, 2), arguments["mask"], border)
    assert buffers.indices.dtype == np.int64
    assert buffers.projected.any() == (border == "project")
    Ho, Wo = offset.shape[2:]
    for n, g, k, oy, ox in np.ndindex(2, 2, 3, Ho, Wo):
        y = oy + offset[n, 2 * (g * 3 + k), oy, ox]
        x_ = 2 * ox - 2 + 2 * k + offset[n, 2 * (g * 3 + k) + 1, oy, ox]
        assert buffers.sample(n, g, k, oy, ox) == locate(y, x_, 3, 4, border)


@pytest.mark.equation("gradient-offset")
def test_the_gradient_wrt_offset_is_zero_in_a_projected_axis_and_only_there():
    arguments, δ = arrays((2, 4, 4, 5), (2, 2, 3), 1, 1, 1, 2, 2, True)
    kernel = arguments["weight"].shape[2:]
    buffers = deform_im2col(arguments["input"], arguments["offset"], kernel, padding=1, border="project")
    gradient = deform_conv2d_backward(δ, **arguments, border="project").offset
    N, G, taps, Ho, Wo, _ = buffers.projected.shape
    gradient = gradient.reshape(N, G, taps, 2, Ho, Wo).transpose(0, 1, 2, 4, 5, 3)
    assert buffers.projected.any()
    assert not buffers.projected.all()
    np.testing.assert_array_equal(gradient == 0, buffers.projected)


@pytest.mark.equation("gradient-mask")
def test_no_mask_is_a_mask_of_ones():
    arguments, δ = arrays((1, 4, 3, 4), (2, 2, 2), 1, 0, 1, 2, 2, True)
    with_ones = {**arguments, "mask": np.ones_like(arguments["mask"])}
    without = {**arguments, "mask": None}
    np.testing.assert_array_equal(deform_conv2d(**with_ones), deform_conv2d(**without))
    ones, none = deform_conv2d_backward(δ, **with_ones), deform_conv2d_backward(δ, **without)
    for name in ("input", "offset", "weight", "bias"):
        np.testing.assert_array_equal(getattr(ones, name), getattr(none, name))
    assert none.mask is None


def test_no_bias_is_a_bias_of_zeros():
    arguments, δ = arrays((1, 2, 3, 4), (2, 2, 2), 1, 0, 1, 1, 1, False)
    with_zeros = {**arguments, "bias": np.zeros(2)}
    without = {**arguments, "bias": None}
    np.testing.assert_array_equal(deform_conv2d(**with_zeros), deform_conv2d(**without))
    assert deform_conv2d_backward(δ, **without).bias is None


# The whole layer


def layer_arrays(seed=0, offset_groups=2):
    """Arguments of the whole layer whose predicted positions stay off the lattice lines, and a cotangent."""
    rng = np.random.default_rng(seed)
    geometry = {"stride": (1, 2), "padding": (1, 0), "dilation": (2, 1)}
    taps = 2 * 3
    arguments = {
        "input": rng.normal(size=(2, 2, 4, 5)),
        "offset_weight": rng.normal(size=(2 * offset_groups * taps, 2, 2, 3)) / 10,
        "offset_bias": rng.integers(-2, 3, 2 * offset_groups * taps) + 0.5,
        "weight": rng.normal(size=(2, 1, 2, 3)),
        "bias": rng.normal(size=2),
        **geometry,
    }
    offset = offset_predictor(
        arguments["input"], arguments["offset_weight"], arguments["offset_bias"], **geometry
    )
    to_the_lattice = abs(offset - np.round(offset)).min()
    return arguments, rng.normal(size=(2, 2, *offset.shape[2:])), to_the_lattice


@pytest.mark.equation("offset-predictor")
def test_the_whole_layer_is_a_convolution_and_then_a_deformed_one():
    arguments, δ, _ = layer_arrays()
    geometry = {name: arguments[name] for name in ("stride", "padding", "dilation")}
    offset = conv2d(arguments["input"], arguments["offset_weight"], arguments["offset_bias"], **geometry)
    expected = deform_conv2d(
        arguments["input"], offset, arguments["weight"], arguments["bias"], **geometry, border="project"
    )
    output = deformable_conv2d(**arguments, border="project")
    assert output.shape == δ.shape
    np.testing.assert_array_equal(output, expected)


@pytest.mark.equation("gradient-input-two-summands")
@borders
def test_the_two_summands_add_up_to_the_numerical_gradient_of_the_whole_layer(border):
    arguments, δ, to_the_lattice = layer_arrays()
    assert to_the_lattice > 1e-4  # steps of 1e-6 cross no kink
    gradient = deformable_conv2d_grad_input(δ, **arguments, border=border)
    expected = numerical_gradient(
        lambda x: deformable_conv2d(**{**arguments, "input": x}, border=border), arguments["input"], δ
    )
    assert abs(gradient.through_dc).max() > 0.1
    assert abs(gradient.through_op).max() > 0.1
    np.testing.assert_array_equal(gradient.total, gradient.through_dc + gradient.through_op)
    np.testing.assert_allclose(gradient.total, expected, rtol=0, atol=1e-7)


@pytest.mark.equation("gradient-input-two-summands")
@borders
def test_each_summand_is_the_numerical_gradient_with_the_other_way_held(border):
    arguments, δ, _ = layer_arrays()
    gradient = deformable_conv2d_grad_input(δ, **arguments, border=border)
    x, K_OP, b_OP = (arguments[name] for name in ("input", "offset_weight", "offset_bias"))
    geometry = {name: arguments[name] for name in ("stride", "padding", "dilation")}

    def layer(x_of_dc, x_of_op):
        offset = offset_predictor(x_of_op, K_OP, b_OP, **geometry)
        return deform_conv2d(
            x_of_dc, offset, arguments["weight"], arguments["bias"], **geometry, border=border
        )

    through_dc = numerical_gradient(lambda moved: layer(moved, x), x, δ)
    np.testing.assert_allclose(gradient.through_dc, through_dc, rtol=0, atol=1e-7)
    through_op = numerical_gradient(lambda moved: layer(x, moved), x, δ)
    np.testing.assert_allclose(gradient.through_op, through_op, rtol=0, atol=1e-7)


@pytest.mark.equation("offset-predictor")
@borders
def test_the_gradients_of_the_offset_predictors_parameters_are_the_numerical_ones(border):
    arguments, δ, _ = layer_arrays(offset_groups=1)
    geometry = {name: arguments[name] for name in ("stride", "padding", "dilation")}
    x, K_OP, b_OP = (arguments[name] for name in ("input", "offset_weight", "offset_bias"))
    offset = offset_predictor(x, K_OP, b_OP, **geometry)
    δ_offset = deform_conv2d_backward(
        δ, x, offset, arguments["weight"], arguments["bias"], **geometry, border=border
    ).offset
    ours = {
        "offset_weight": conv2d_grad_weight(δ_offset, x, K_OP.shape, **geometry),
        "offset_bias": conv2d_grad_bias(δ_offset),
    }
    for name, gradient in ours.items():
        expected = numerical_gradient(
            lambda p, name=name: deformable_conv2d(**{**arguments, name: p}, border=border),
            arguments[name],
            δ,
        )
        assert abs(gradient).max() > 0.1
        np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-7, err_msg=name)


# Offsets that are not finite, or very large

FAR = [1e19, 1e30, np.inf, -1e19, -1e30, -np.inf]


def with_one_offset(value, axis):
    """A layer with two offset groups; one offset (group 0, tap 1, output point (1, 0)) has this value."""
    arguments, δ = arrays((1, 4, 3, 4), (2, 2, 2), 1, 0, 1, 2, 2, True)
    arguments["offset"][0, 2 * 1 + axis, 1, 0] = value
    return arguments, δ


@pytest.mark.parametrize("far", FAR)
@pytest.mark.parametrize("axis", [0, 1])
def test_with_zeros_a_sample_far_away_counts_for_nothing(far, axis):
    arguments, δ = with_one_offset(far, axis)
    without = {**arguments, "offset": arguments["offset"].copy(), "mask": arguments["mask"].copy()}
    without["offset"][0, 2:4, 1, 0] = 0
    without["mask"][0, 1, 1, 0] = 0
    np.testing.assert_array_equal(deform_conv2d(**arguments), deform_conv2d(**without))
    gradients, others = deform_conv2d_backward(δ, **arguments), deform_conv2d_backward(δ, **without)
    assert (gradients.offset[0, 2:4, 1, 0] == 0).all()
    assert gradients.mask[0, 1, 1, 0] == 0
    others.mask[0, 1, 1, 0] = 0  # that of the sample which the comparison took out by its mask
    for ours, other in zip(gradients, others, strict=True):
        np.testing.assert_array_equal(ours, other)


@pytest.mark.parametrize("far", FAR)
@pytest.mark.parametrize("axis", [0, 1])
def test_with_project_a_sample_far_away_is_as_one_just_outside(far, axis):
    arguments, δ = with_one_offset(far, axis)
    near = {**arguments, "offset": arguments["offset"].copy()}
    near["offset"][0, 2 * 1 + axis, 1, 0] = 9 if far > 0 else -9
    np.testing.assert_array_equal(
        deform_conv2d(**arguments, border="project"), deform_conv2d(**near, border="project")
    )
    gradients = deform_conv2d_backward(δ, **arguments, border="project")
    assert gradients.offset[0, 2 * 1 + axis, 1, 0] == 0
    others = deform_conv2d_backward(δ, **near, border="project")
    for ours, other in zip(gradients, others, strict=True):
        np.testing.assert_array_equal(ours, other)


@borders
@pytest.mark.parametrize("axis", [0, 1])
def test_an_offset_that_is_nan_spoils_its_own_sample_and_nothing_else(border, axis):
    arguments, δ = with_one_offset(np.nan, axis)
    sound, _ = with_one_offset(0.5, axis)
    gradients = deform_conv2d_backward(δ, **arguments, border=border)
    expected = deform_conv2d_backward(δ, **sound, border=border)

    def spoiled(ours, others, *places):
        where = np.zeros(ours.shape, bool)
        for place in places:
            where[place] = True
        np.testing.assert_array_equal(np.isnan(ours), where)
        np.testing.assert_array_equal(ours[~where], others[~where])

    output = deform_conv2d(**arguments, border=border)
    # Group 0 of the offsets serves input maps 0 and 1, which only output map 0 reads.
    spoiled(output, deform_conv2d(**sound, border=border), np.s_[0, 0, 1, 0])
    spoiled(gradients.offset, expected.offset, np.s_[0, 2:4, 1, 0])
    spoiled(gradients.mask, expected.mask, np.s_[0, 1, 1, 0])
    spoiled(gradients.weight, expected.weight, np.s_[0, :, 0, 1])
    spoiled(gradients.bias, expected.bias)
    assert np.isnan(gradients.input[0, :2, :2, :2]).all()
    assert np.isnan(gradients.input).sum() == 2 * 2 * 2


# Shapes, dtypes, errors


@borders
def test_an_empty_batch_gives_an_empty_output_and_zero_gradients(border):
    arguments, δ = arrays((0, 4, 3, 4), (2, 2, 2), 1, 0, 1, 2, 2, True)
    assert deform_conv2d(**arguments, border=border).shape == δ.shape == (0, 2, 2, 3)
    for name, gradient in deform_conv2d_backward(δ, **arguments, border=border)._asdict().items():
        np.testing.assert_array_equal(gradient, 0 * arguments[name])


@borders
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_have_the_dtype_of_the_arguments(dtype, border):
    arguments, δ = arrays((1, 2, 3, 4), (2, 2, 2), 1, 0, 1, 1, 1, True)
    small = {
        name: value.astype(dtype) if isinstance(value, np.ndarray) else value
        for name, value in arguments.items()
    }
    output = deform_conv2d(**small, border=border)
    gradients = deform_conv2d_backward(δ.astype(dtype), **small, border=border)
    assert {result.dtype for result in (output, *gradients)} == {np.dtype(dtype)}
    np.testing.assert_allclose(output, deform_conv2d(**arguments, border=border), rtol=0, atol=1e-4)


X = np.ones((2, 4, 5, 6))
Δ = np.zeros((2, 24, 3, 5))  # two offset groups
m = np.ones((2, 12, 3, 5))
K = np.ones((6, 2, 3, 2))
b = np.ones(6)
Y = np.ones((2, 6, 3, 5))
K_OP = np.zeros((24, 4, 3, 2))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: deform_conv2d(X.astype(int), Δ, K), TypeError, "input: .*, got dtype int64"),
        (lambda: deform_conv2d(X[0], Δ, K), ValueError, r"input: .*, got shape \(4, 5, 6\)"),
        (
            lambda: deform_conv2d(X, Δ.astype(np.float32), K),
            TypeError,
            "offset: expected the dtype of input, float64, got float32",
        ),
        (
            lambda: deform_conv2d(X, Δ[:, :23], K),
            ValueError,
            r"offset: expected 2 \* 6 taps \* G_Δ maps in axis 1, where G_Δ divides the 4 input maps,"
            r" got shape \(2, 23, 3, 5\)",
        ),
        (
            lambda: deform_conv2d(X, np.zeros((2, 36, 3, 5)), K),
            ValueError,
            r"offset: expected 2 \* 6 taps .* divides the 4 input maps, got shape \(2, 36, 3, 5\)",
        ),
        (
            lambda: deform_conv2d(X, Δ[:, :6], K),
            ValueError,
            r"offset: expected 2 \* 6 taps .*, got shape \(2, 6, 3, 5\)",
        ),
        (
            lambda: deform_conv2d(X, Δ[:1], K),
            ValueError,
            r"offset: expected shape \(N, 2 \* G_Δ \* kH \* kW, Hout, Wout\) = \(2, 24, 3, 5\),"
            r" got \(1, 24, 3, 5\)",
        ),
        (
            lambda: deform_conv2d(X, Δ, K, padding=1),
            ValueError,
            r"offset: expected shape .* = \(2, 24, 5, 7\), got \(2, 24, 3, 5\)",
        ),
        (lambda: deform_conv2d(X, Δ[0], K), ValueError, r"offset: .*, got shape \(24, 3, 5\)"),
        (
            lambda: deform_conv2d(X, Δ, K, mask=m[:, :6]),
            ValueError,
            r"mask: expected shape \(N, G_Δ \* kH \* kW, Hout, Wout\) = \(2, 12, 3, 5\), got \(2, 6, 3, 5\)",
        ),
        (
            lambda: deform_conv2d(X, Δ, K, mask=m.astype(np.float32)),
            TypeError,
            "mask: expected the dtype of input, float64, got float32",
        ),
        (lambda: deform_conv2d(X, Δ, K, mask=m > 0), TypeError, "mask: .*, got dtype bool"),
        (
            lambda: deform_conv2d(X, Δ, np.ones((6, 3, 3, 2))),
            ValueError,
            r"weight: expected a divisor of the 4 input maps in axis 1 \(C1 / G\), got shape \(6, 3, 3, 2\)",
        ),
        (
            lambda: deform_conv2d(X, Δ, K[:5]),
            ValueError,
            r"weight: expected a multiple of 2 groups in axis 0, got shape \(5, 2, 3, 2\)",
        ),
        (
            lambda: deform_conv2d(X, Δ, K.astype(np.float32)),
            TypeError,
            "weight: expected the dtype of input, float64, got float32",
        ),
        (lambda: deform_conv2d(X, Δ, K[0]), ValueError, r"weight: .*, got shape \(2, 3, 2\)"),
        (lambda: deform_conv2d(X, Δ, K, b[:5]), ValueError, r"bias: expected shape .*, got \(5,\)"),
        (
            lambda: deform_conv2d(X, Δ, K, b.astype(np.float32)),
            TypeError,
            "bias: expected the dtype of input, float64, got float32",
        ),
        (lambda: deform_conv2d(X, Δ, K, stride=0), ValueError, "stride: .* each at least 1, got 0"),
        (lambda: deform_conv2d(X, Δ, K, padding="same"), TypeError, "padding: .*, got 'same'"),
        (
            lambda: deform_conv2d(X, Δ, K, dilation=3),
            ValueError,
            "kernel_size: expected a reach of at most the 5 pixels of the padded input, .*",
        ),
        (
            lambda: deform_conv2d(X, Δ, K, border="reflect"),
            ValueError,
            "border: expected 'zeros' or 'project', got 'reflect'",
        ),
        (lambda: deform_im2col(X, Δ, (3, 0)), ValueError, r"kernel_size: .*, got \(3, 0\)"),
        (
            lambda: deform_conv2d_backward(Y[:, :5], X, Δ, K),
            ValueError,
            r"grad_output: expected shape \(N, C2, Hout, Wout\) = \(2, 6, 3, 5\), got \(2, 5, 3, 5\)",
        ),
        (
            lambda: deform_conv2d_backward(Y.astype(np.float32), X, Δ, K),
            TypeError,
            "grad_output: expected the dtype of input, float64, got float32",
        ),
        (
            lambda: offset_predictor(X, K_OP[:23]),
            ValueError,
            r"weight: expected a multiple of 2 \* kH \* kW = 12 maps in axis 0, got shape \(23, 4, 3, 2\)",
        ),
        (
            lambda: deformable_conv2d(X, K_OP[:, :3], None, K),
            ValueError,
            r"weight: expected 4 input maps / 1 groups in axis 1, got shape \(24, 3, 3, 2\)",
        ),
    ],
)
def test_an_argument_that_does_not_fit_is_named_with_what_came_and_what_was_expected(call, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        call()


def test_an_empty_batch_is_no_excuse_for_offsets_that_do_not_fit():
    with pytest.raises(
        ValueError, match=r"^offset: expected shape .* = \(0, 24, 3, 5\), got \(0, 24, 3, 4\)$"
    ):
        deform_conv2d(X[:0], Δ[:0, :, :, :4], K)


BUFFERS = deform_im2col(X, Δ, (3, 2), mask=m)
GRAD_COLUMNS = np.ones((2, 24, 15))
PARTS = [
    (deform_conv2d_grad_input, X.shape),
    (deform_conv2d_grad_offset, X),
    (deform_conv2d_grad_mask, X),
]


@pytest.mark.parametrize(("part", "x"), PARTS)
def test_the_gradient_of_the_columns_must_fit_the_buffers(part, x):
    with pytest.raises(
        ValueError,
        match=r"^grad_columns: expected shape \(N, C1 \* kH \* kW, Hout \* Wout\) = \(2, 24, 15\),"
        r" got \(2, 23, 15\)$",
    ):
        part(GRAD_COLUMNS[:, :23], BUFFERS, x)
    with pytest.raises(
        TypeError, match=r"^grad_columns: expected the dtype of buffers, float64, got float32$"
    ):
        part(GRAD_COLUMNS.astype(np.float32), BUFFERS, x)
    with pytest.raises(TypeError, match=r"^grad_columns: expected .*, got list$"):
        part(GRAD_COLUMNS.tolist(), BUFFERS, x)


@pytest.mark.parametrize(("part", "x"), PARTS[:2])
def test_the_modulation_must_fit_the_buffers(part, x):
    with pytest.raises(
        ValueError,
        match=r"^mask: expected shape \(N, G_Δ \* kH \* kW, Hout, Wout\) = \(2, 12, 3, 5\),"
        r" got \(2, 6, 3, 5\)$",
    ):
        part(GRAD_COLUMNS, BUFFERS, x, m[:, :6])
    with pytest.raises(TypeError, match=r"^mask: expected the dtype of buffers, float64, got float32$"):
        part(GRAD_COLUMNS, BUFFERS, x, m.astype(np.float32))
    with pytest.raises(TypeError, match=r"^mask: expected .*, got list$"):
        part(GRAD_COLUMNS, BUFFERS, x, m.tolist())


@pytest.mark.parametrize("part", [deform_conv2d_grad_offset, deform_conv2d_grad_mask])
def test_the_input_must_be_as_large_as_the_one_that_the_buffers_were_made_from(part):
    with pytest.raises(
        ValueError, match=r"^input: expected shape \(N, C1, H, W\) = \(2, 4, 5, 6\), got \(2, 4, 2, 6\)$"
    ):
        part(GRAD_COLUMNS, BUFFERS, X[:, :, :2])
    with pytest.raises(TypeError, match=r"^input: expected the dtype of buffers, float64, got float32$"):
        part(GRAD_COLUMNS, BUFFERS, X.astype(np.float32))
    with pytest.raises(TypeError, match=r"^input: expected .*, got list$"):
        part(GRAD_COLUMNS, BUFFERS, X.tolist())


def test_the_input_shape_must_be_that_of_the_input_that_the_buffers_were_made_from():
    with pytest.raises(
        ValueError,
        match=r"^input_shape: expected shape \(N, C1, H, W\) = \(2, 4, 5, 6\), got \(2, 4, 2, 6\)$",
    ):
        deform_conv2d_grad_input(GRAD_COLUMNS, BUFFERS, (2, 4, 2, 6))
    with pytest.raises(
        TypeError, match=r"^input_shape: expected the shape .* of integers, got \(2, 4, 5, 6\.0\)$"
    ):
        deform_conv2d_grad_input(GRAD_COLUMNS, BUFFERS, (2, 4, 5, 6.0))
