import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import torchvision
from deformable_cases import ARGUMENTS, cotangent, geometry_grid, gradients, make_case

from dcn_course import reference
from dcn_course.ops import _parts, backends, deform_conv2d
from dcn_course.ops._arguments import convolution_geometry
from dcn_course.ops.backends import numba as numba_backend
from dcn_course.ops.backends import torch as torch_backend

BORDERS = ("zeros", "project")


@pytest.fixture(autouse=True, params=["torch", "few_channels", "many_channels"])
def each_way_to_compute(request, monkeypatch):
    """Every test of this file runs on the portable backend and on both compiled kernels."""
    if request.param == "torch":
        monkeypatch.setattr(backends, "_numba_is_installed", lambda: False)
    else:
        monkeypatch.setattr(numba_backend, "few", lambda *_: request.param == "few_channels")
    return request.param


on_torch_alone = pytest.mark.parametrize("each_way_to_compute", ["torch"], indirect=True)


def assert_equal(ours, theirs, atol, note="", **options):
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        torch.testing.assert_close(
            tensor, theirs[name], rtol=0, atol=atol, msg=lambda m, n=name: f"{n} {note}: {m}", **options
        )


def sampling_positions(case):
    """y and x of every sample, (N, Gd·K, Ho, Wo) each, by loops."""
    offset, weight = case.tensors["offset"], case.tensors["weight"]
    kH, kW = weight.shape[2:]
    y, x = offset[:, 0::2].clone(), offset[:, 1::2].clone()
    for k, oy, ox in np.ndindex(*y.shape[1:]):
        i, j = divmod(k % (kH * kW), kW)
        y[:, k, oy, ox] += oy * case.stride[0] - case.padding[0] + i * case.dilation[0]
        x[:, k, oy, ox] += ox * case.stride[1] - case.padding[1] + j * case.dilation[1]
    return y, x


def test_the_shared_case_leaves_the_image_on_every_side_and_repeats_taps():
    case = make_case()
    y, x = sampling_positions(case)
    _, _, H, W = case.tensors["input"].shape
    for outside in (y < -1, y > H, x < -1, x > W, (y > 0) & (y < H - 1) & (x > 0) & (x < W - 1)):
        assert outside.sum() > 5
    cells = torch.stack([y.floor(), x.floor()]).flatten(2)[:, 0].T
    assert len(cells.unique(dim=0)) < len(cells)


# torchvision

TORCHVISIONS = {}  # what it gave, for the other ways to compute


@pytest.mark.equation("deformable-convolution")
@pytest.mark.equation("deformable-columns")
@pytest.mark.equation("sampling-position")
@pytest.mark.equation("border-zeros")
@pytest.mark.equation("scatter")
@pytest.mark.equation("gradient-offset")
@pytest.mark.equation("gradient-mask")
@pytest.mark.equation("gradient-columns")
@pytest.mark.equation("gradient-weight")
@pytest.mark.equation("gradient-bias")
@pytest.mark.parametrize(("stride", "padding", "dilation", "kernel"), geometry_grid())
def test_output_and_all_gradients_equal_torchvision(stride, padding, dilation, kernel):
    for groups, offset_groups, mask, bias in itertools.product(
        (1, 2), (1, 2, 4), (True, False), (True, False)
    ):
        case = make_case(
            stride=stride,
            padding=padding,
            dilation=dilation,
            kernel=kernel,
            groups=groups,
            offset_groups=offset_groups,
            mask=mask,
            bias=bias,
        )
        key = (stride, padding, dilation, kernel, groups, offset_groups, mask, bias)
        if key not in TORCHVISIONS:
            TORCHVISIONS[key] = gradients(torchvision.ops.deform_conv2d, case)
        ours = gradients(deform_conv2d, case)
        assert_equal(ours, TORCHVISIONS[key], 1e-10, f"{groups=} {offset_groups=} {mask=} {bias=}")


@pytest.mark.parametrize("seed", range(3))
def test_at_lattice_positions_the_derivatives_are_torchvisions(seed):
    case = make_case(padding=(1, 2), seed=seed)
    case.tensors["offset"].round_()
    y, _ = sampling_positions(case)
    assert all((y == place).any() for place in (-1, 0, 6, 7))
    assert_equal(gradients(deform_conv2d, case), gradients(torchvision.ops.deform_conv2d, case), 1e-10)


# Plain convolution


@pytest.mark.parametrize(("stride", "padding", "dilation", "kernel"), geometry_grid())
def test_zero_offsets_with_zeros_outside_are_a_convolution(stride, padding, dilation, kernel):
    case = make_case(stride=stride, padding=padding, dilation=dilation, kernel=kernel, groups=2, mask=False)
    case.tensors["offset"].zero_()
    X, _, K, b, *_ = case.positional()
    expected = F.conv2d(X, K, b, stride, padding, dilation, groups=2)
    torch.testing.assert_close(deform_conv2d(*case.positional()), expected, rtol=0, atol=1e-12)


@pytest.mark.equation("projection")
@pytest.mark.parametrize(("stride", "padding", "dilation", "kernel"), geometry_grid())
def test_zero_offsets_with_projection_are_a_convolution_with_replicate_padding(
    stride, padding, dilation, kernel
):
    case = make_case(stride=stride, padding=padding, dilation=dilation, kernel=kernel, mask=False)
    case.tensors["offset"].zero_()
    X, _, K, b, *_ = case.positional()
    (pad_y, pad_x) = padding
    padded = F.pad(X, (pad_x, pad_x, pad_y, pad_y), mode="replicate")
    expected = F.conv2d(padded, K, b, stride, 0, dilation)
    ours = deform_conv2d(*case.positional(), border="project")
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-12)


# The specification


def specification(case, border):
    t = {name: tensor.numpy() for name, tensor in case.given.items()}
    arguments = (t["input"], t["offset"], t["weight"], t.get("bias"))
    geometry = (case.stride, case.padding, case.dilation, t.get("mask"))
    output = reference.deform_conv2d(*arguments, *geometry, border=border)
    delta = cotangent(torch.from_numpy(output)).numpy()
    backward = reference.deform_conv2d_backward(delta, *arguments, *geometry, border=border)
    named = {name: torch.from_numpy(getattr(backward, name)) for name in case.given}
    return {"output": torch.from_numpy(output), **named}


@pytest.mark.equation("bilinear-cell")
@pytest.mark.equation("bilinear-weights")
@pytest.mark.equation("bilinear-value")
@pytest.mark.equation("bilinear-derivative-y")
@pytest.mark.equation("bilinear-derivative-x")
@pytest.mark.equation("projection")
@pytest.mark.equation("border-zeros")
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mask": False, "bias": False},
        {"stride": (2, 1), "padding": (1, 2), "groups": 2},
        {"dilation": (2, 1), "offset_groups": 2},
        {
            "stride": (1, 3),
            "dilation": (1, 2),
            "padding": (2, 1),
            "kernel": (2, 3),
            "groups": 2,
            "offset_groups": 4,
        },
        {"size": (1, 5), "kernel": (1, 2)},
        {"size": (1, 1), "kernel": (1, 1), "images": 4},
        {"channels": 1, "outputs": 3, "padding": (1, 1)},
        {"channels": 3, "outputs": 1, "offset_groups": 3, "kernel": (1, 1), "stride": (2, 3)},
    ],
    ids=str,
)
def test_output_and_all_gradients_equal_the_specification(border, options):
    case = make_case(**options)
    assert_equal(gradients(deform_conv2d, case, border=border), specification(case, border), 1e-12)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("number", [float("inf"), -float("inf"), 1e30, -1e30, float("nan")])
@pytest.mark.parametrize("axis", [0, 1])
def test_offsets_that_are_no_ordinary_numbers_give_what_the_specification_gives(border, number, axis):
    case = make_case(padding=(1, 1))
    case.tensors["offset"][:, axis::8, ::2] = number
    ours = gradients(deform_conv2d, case, border=border)
    assert_equal(ours, specification(case, border), 1e-12, equal_nan=True)


@pytest.mark.parametrize("border", BORDERS)
def test_at_lattice_positions_output_and_gradients_equal_the_specification(border):
    case = make_case(padding=(1, 2))
    case.tensors["offset"].round_()
    assert_equal(gradients(deform_conv2d, case, border=border), specification(case, border), 1e-12)


# Stated values of single samples

X_COLUMN = torch.tensor([2.0, 3.0, 7.0], dtype=torch.float64)


def sample_of_column(y, border, image=X_COLUMN, axis=0, dtype=torch.float64):
    """Value and slope of one sample at y in an image of one column (or, for axis 1, of one row)."""
    X = image.to(dtype).view((1, 1, -1, 1) if axis == 0 else (1, 1, 1, -1)).requires_grad_()
    offset = torch.zeros(1, 2, *X.shape[2:], dtype=dtype)
    offset[0, axis, 0, 0] = y
    offset.requires_grad_()
    output = deform_conv2d(X, offset, torch.ones(1, 1, 1, 1, dtype=dtype), border=border)[0, 0, 0, 0]
    grad_X, grad_offset = torch.autograd.grad(output, (X, offset))
    return output.item(), grad_offset[0, axis, 0, 0].item(), grad_X.flatten().tolist()


@pytest.mark.equation("bilinear-derivative-y")
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(
    ("border", "place", "value", "slope"),
    [
        ("zeros", -2.0, 0, 0),
        ("zeros", -1.0, 0, 2),
        ("zeros", -0.25, 1.5, 2),
        ("zeros", 0.0, 2, 1),
        ("zeros", 1.0, 3, 4),
        ("zeros", 2.0, 7, -7),
        ("zeros", 2.25, 5.25, -7),
        ("zeros", 3.0, 0, 0),
        ("project", -1.0, 2, 0),
        ("project", -0.25, 2, 0),
        ("project", 0.0, 2, 1),
        ("project", 1.0, 3, 4),
        ("project", 2.0, 7, 0),
        ("project", 2.25, 7, 0),
        ("project", 3.0, 7, 0),
    ],
)
def test_the_slope_at_a_kink_is_the_one_to_the_right(axis, border, place, value, slope):
    assert sample_of_column(place, border, axis=axis)[:2] == (value, slope)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(
    ("place", "value", "slope"),
    [(-1.5, 0, 0), (-1.0, 0, 5), (-0.25, 3.75, 5), (0.0, 5, -5), (0.25, 3.75, -5), (1.0, 0, 0), (1.5, 0, 0)],
)
def test_an_image_of_one_pixel_fades_out_over_one_pixel(axis, place, value, slope):
    image = torch.tensor([5.0])
    assert sample_of_column(place, "zeros", image, axis) == (value, slope, [value / 5])


@pytest.mark.parametrize("place", [-1.0, 0.0, 0.5, 2.0])
def test_projection_onto_an_image_of_one_pixel_gives_that_pixel_with_slope_zero(place):
    assert sample_of_column(place, "project", image=torch.tensor([5.0])) == (5, 0, [1])


@pytest.mark.parametrize("number", [float("inf"), 1e30, 2.0**40])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_huge_offset_reads_zero_or_the_border_and_has_slope_zero(number, axis, dtype):
    assert sample_of_column(number, "zeros", axis=axis, dtype=dtype) == (0, 0, [0, 0, 0])
    assert sample_of_column(-number, "zeros", axis=axis, dtype=dtype) == (0, 0, [0, 0, 0])
    assert sample_of_column(number, "project", axis=axis, dtype=dtype) == (7, 0, [0, 0, 1])
    assert sample_of_column(-number, "project", axis=axis, dtype=dtype) == (2, 0, [1, 0, 0])


@pytest.mark.parametrize("border", BORDERS)
def test_an_offset_that_is_not_a_number_spoils_its_output_point_alone(border):
    case = make_case()
    case.tensors["offset"][1, 3, 2, 1] = torch.nan
    spoiled = gradients(deform_conv2d, case, border=border)
    expected = torch.zeros(2, 5, 5, dtype=torch.bool)
    expected[1, 2, 1] = True
    assert torch.equal(spoiled["output"].isnan().all(1), expected)
    assert torch.equal(spoiled["output"].isnan().any(1), expected)
    assert torch.equal(spoiled["offset"].isnan().nonzero(), torch.tensor([[1, 2, 2, 1], [1, 3, 2, 1]]))
    assert torch.equal(spoiled["mask"].isnan().nonzero(), torch.tensor([[1, 1, 2, 1]]))


def guarded(tensor):
    """The same numbers between two stretches of memory that are not numbers."""
    memory = torch.full((3, tensor.numel()), torch.nan, dtype=tensor.dtype)
    memory[1] = tensor.flatten()
    return memory[1].view_as(tensor)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("channels", [1, 20])
def test_nothing_is_read_outside_the_tensors_wherever_the_offsets_point(border, channels):
    case = make_case(images=1, channels=channels, size=(5, 7), padding=(1, 2), reach=4)
    numbers = torch.tensor([1e30, -1e30, torch.inf, -torch.inf, 2.0**31, -(2.0**31), 2.0**63, 4.0, 6.0, -1.0])
    places = torch.randint(0, 3 * len(numbers), case.tensors["offset"].shape, generator=torch.Generator())
    offset = torch.where(
        places < len(numbers), numbers.double()[places % len(numbers)], case.tensors["offset"]
    )
    case = case._replace(tensors={**case.tensors, "offset": offset})
    expected = specification(case, border)
    # Weight 0 times a number that is none would be seen.
    leaves = {name: guarded(tensor).requires_grad_() for name, tensor in case.given.items()}
    output = deform_conv2d(*case.positional(**leaves), border=border)
    delta = guarded(cotangent(output))
    found = dict(zip(leaves, torch.autograd.grad(output, list(leaves.values()), delta), strict=True))
    assert_equal({"output": output.detach(), **found}, expected, 1e-11)


# The nearest float32 to 2^24 + 3 is 2^24 + 4: behind the last pixel, or behind the first column of the ring.
@pytest.mark.parametrize(("border", "width"), [("project", 2**24 + 4), ("zeros", 2**24 + 3)])
def test_in_a_wide_image_nothing_is_read_behind_a_last_pixel_whose_number_has_no_float32(border, width):
    X = torch.full((1, 1, 1, width), 5.0)
    offset = torch.tensor([0.0, torch.inf]).view(1, 2, 1, 1)
    output = deform_conv2d(X, offset, torch.ones(1, 1, 1, 1), stride=(1, width), border=border)
    assert output.item() == (5 if border == "project" else 0)


@pytest.mark.equation("projection")
def test_the_gradient_wrt_offset_is_zero_in_a_projected_axis():
    case = make_case(padding=(1, 1))
    y, x = sampling_positions(case)
    _, _, H, W = case.tensors["input"].shape
    grad = gradients(deform_conv2d, case, border="project")["offset"]
    outside_y, outside_x = (y < 0) | (y > H - 1), (x < 0) | (x > W - 1)
    assert torch.equal(grad[:, 0::2] == 0, outside_y)
    assert torch.equal(grad[:, 1::2] == 0, outside_x)


def test_projection_to_the_last_pixel_does_not_read_past_it():
    # In memory the pixel after (0, 1) is (1, 0): if it were read, with weight zero, infinity would show.
    X = torch.tensor([[[[1.0, 2.0], [torch.inf, 4.0]]]], dtype=torch.float64)
    offset = torch.zeros(1, 2, 2, 2, dtype=torch.float64)
    offset[0, 1] = 9.0
    output = deform_conv2d(X, offset, torch.ones(1, 1, 1, 1).double(), border="project")
    assert output[0, 0].tolist() == [[2, 2], [4, 4]]


# Numbers


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("name", ARGUMENTS)
def test_each_gradient_equals_the_numerical_one(border, name):
    case = make_case(padding=(1, 0), stride=(1, 2), groups=2, offset_groups=2)

    def output(value):
        others = {name: torch.from_numpy(value)}
        return deform_conv2d(*case.positional(**others), border=border).numpy()

    analytic = gradients(deform_conv2d, case, border=border)
    delta = cotangent(analytic["output"]).numpy()
    numerical = reference.numerical_gradient(output, case.tensors[name].numpy(), delta)
    np.testing.assert_allclose(analytic[name].numpy(), numerical, rtol=0, atol=2e-8)


@pytest.mark.parametrize("border", BORDERS)
def test_gradcheck_accepts_every_gradient(border):
    case = make_case(images=1, channels=2, outputs=2, size=(4, 5), groups=2, offset_groups=2, kernel=(2, 2))
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in case.given.items()}

    def function(*values):
        return deform_conv2d(*case.positional(**dict(zip(leaves, values, strict=True))), border=border)

    assert torch.autograd.gradcheck(function, tuple(leaves.values()))


# Memory, batch, dtype


@pytest.mark.parametrize("border", BORDERS)
def test_the_memory_layout_of_any_tensor_does_not_matter(border):
    case = make_case(groups=2, offset_groups=2)
    expected = gradients(deform_conv2d, case, border=border)
    turned = {
        name: tensor.to(memory_format=torch.channels_last)
        if name in ("input", "mask")
        else tensor.transpose(0, -1).contiguous().transpose(0, -1)
        for name, tensor in case.given.items()
        if tensor.dim() == 4
    }
    assert not any(tensor.is_contiguous() for tensor in turned.values())
    again = gradients(deform_conv2d, case._replace(tensors={**case.tensors, **turned}), border=border)
    assert_equal(again, expected, 1e-12)


@pytest.mark.parametrize("layout", ["expanded", "turned"])
def test_the_memory_layout_of_the_cotangent_does_not_matter(layout):
    leaves = [tensor.requires_grad_() for tensor in make_case().given.values()]
    case = make_case()._replace(tensors=dict(zip(ARGUMENTS, leaves, strict=True)))
    output = deform_conv2d(*case.positional())
    delta = torch.ones(1).double().expand_as(output)
    if layout == "turned":
        delta = cotangent(output).mT.contiguous().mT
    assert not delta.is_contiguous()
    theirs = torchvision.ops.deform_conv2d(*case.positional())
    expected = torch.autograd.grad(theirs, leaves, delta.contiguous())
    for one, other in zip(torch.autograd.grad(output, leaves, delta), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-10)


@pytest.mark.parametrize("border", BORDERS)
def test_an_empty_batch_gives_an_empty_output_and_zero_parameter_gradients(border):
    case = make_case(images=0)
    result = gradients(deform_conv2d, case, border=border)
    assert result["output"].shape == (0, 4, 5, 5)
    for name in ("input", "offset", "mask"):
        assert result[name].shape == case.tensors[name].shape
    for name in ("weight", "bias"):
        assert torch.equal(result[name], torch.zeros_like(case.tensors[name]))


@on_torch_alone
@pytest.mark.parametrize(
    ("limit", "parts", "rows"), [(1, 5, [1] * 5), (2 * 4 * 6 * 5, 5, [2, 2, 1]), (2 * 4 * 6 * 25, 3, [5])]
)
@pytest.mark.parametrize("border", BORDERS)
def test_the_result_does_not_depend_on_how_batch_and_image_are_split(monkeypatch, border, limit, parts, rows):
    # 5 images with 5 by 5 outputs.
    case = make_case(images=5, size=(9, 6), stride=(2, 1), padding=(1, 0), dilation=(1, 1), groups=2)
    whole = gradients(deform_conv2d, case, border=border)
    monkeypatch.setattr(_parts, "_CPU_ENTRIES", limit)
    geometry = convolution_geometry(*case.positional()[0:4:2], None, *case.positional()[4:7])
    images = list(_parts.parts(case.tensors["input"], geometry))
    assert len(images) == parts
    found = list(_parts.rows(case.tensors["input"][images[0]], geometry))
    assert [some.stop - some.start for some in found] == rows
    assert_equal(gradients(deform_conv2d, case, border=border), whole, 1e-12)


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float16, 0.02), (torch.bfloat16, 0.1)]
)
@pytest.mark.parametrize("border", BORDERS)
def test_other_floating_dtypes_are_kept(border, dtype, tolerance):
    case = make_case(offset_groups=2, dtype=dtype)
    exact = case._replace(tensors={name: tensor.double() for name, tensor in case.tensors.items()})
    expected = gradients(deform_conv2d, exact, border=border)
    for name, tensor in gradients(deform_conv2d, case, border=border).items():
        assert tensor.dtype == dtype
        scale = expected[name].abs().max()
        torch.testing.assert_close(tensor.double() / scale, expected[name] / scale, rtol=0, atol=tolerance)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("border", BORDERS)
def test_half_types_find_their_pixel_in_a_wide_image(border, dtype):
    X = torch.randn(1, 1, 2, 5000, generator=torch.Generator().manual_seed(0)).to(dtype)
    offset = torch.zeros(1, 2, 2, 5000, dtype=dtype)
    offset[0, 1] = 1
    output = deform_conv2d(X, offset, torch.ones(1, 1, 1, 1, dtype=dtype), border=border)
    assert torch.equal(output[..., :-1], X[..., 1:])


@pytest.mark.parametrize("border", BORDERS)
def test_repeating_gives_the_same_bits(border):
    case = make_case(images=30, size=(30, 31), kernel=(5, 5), dtype=torch.float32, reach=9, offset_groups=2)
    first = gradients(deform_conv2d, case, border=border)
    for _ in range(3):
        again = gradients(deform_conv2d, case, border=border)
        assert all(torch.equal(first[name], again[name]) for name in first)


# Large


@pytest.mark.parametrize("each_way_to_compute", ["torch", "many_channels"], indirect=True)
def test_a_column_matrix_of_more_than_2_to_the_31_entries_is_made_in_parts():
    X = torch.randn(1, 1024, 15, 16, generator=torch.Generator().manual_seed(0))
    K = torch.randn(1, 1024, 3, 3, generator=torch.Generator().manual_seed(1))
    padding = (240, 235)
    rows, cols = 15 + 2 * 240 - 2, 16 + 2 * 235 - 2
    assert 1024 * 9 * rows * cols > 2**31
    generator = torch.Generator().manual_seed(2)
    targets = torch.rand(1, 9, 2, rows, cols, generator=generator) * 19 - 2  # inside and around
    lattice = torch.stack(
        [
            torch.arange(rows)[:, None]
            - padding[0]
            + torch.arange(3).repeat_interleave(3)[:, None, None]
            + torch.zeros(cols),
            torch.arange(cols) - padding[1] + torch.arange(3).repeat(3)[:, None, None] + torch.zeros(rows, 1),
        ],
        1,
    )
    offset = (targets - lattice).view(1, 18, rows, cols)
    with torch.no_grad():
        output = deform_conv2d(X, offset, K, padding=padding)
    image, kernel = X[0].numpy(), K[0].flatten(1).numpy()
    for oy, ox in ((0, 0), (rows // 2, 3), (rows - 1, 0), (rows - 1, cols - 1)):
        # The positions as the operator has them: the lattice plus the rounded offset.
        places = (lattice + offset.view(9, 2, rows, cols))[:, :, oy, ox].tolist()
        expected = 0.0
        for k, (y, x) in enumerate(places):
            values = [reference.bilinear_sample(channel, y, x)[0] for channel in image]
            expected += float(kernel[:, k] @ np.array(values))
        assert output[0, 0, oy, ox].item() == pytest.approx(expected, rel=1e-4, abs=1e-3)


# Which gradients


@pytest.mark.parametrize(
    "wanted", [set(c) for n in range(1, 6) for c in itertools.combinations(ARGUMENTS, n)]
)
def test_only_the_wanted_gradients_are_made(wanted):
    case = make_case()
    whole = gradients(deform_conv2d, case)
    leaves = {name: tensor.requires_grad_(name in wanted) for name, tensor in case.given.items()}
    output = deform_conv2d(*case.positional(**leaves))
    output.backward(cotangent(output))
    for name, leaf in leaves.items():
        assert torch.equal(leaf.grad, whole[name]) if name in wanted else leaf.grad is None


@on_torch_alone
@pytest.mark.parametrize(
    ("wanted", "work"),
    [
        ("weight", ["fill"]),
        ("input", ["scatter"]),
        ("offset", ["weigh"]),
        ("mask", ["weigh"]),
        ("bias", []),
    ],
)
def test_no_work_is_done_for_gradients_that_nobody_wants(monkeypatch, wanted, work):
    done = []
    for name in ("fill", "scatter", "weigh"):
        function = getattr(torch_backend, name)
        monkeypatch.setattr(
            torch_backend, name, lambda *given, n=name, f=function: done.append(n) or f(*given)
        )
    case = make_case()
    case.tensors[wanted].requires_grad_()
    output = deform_conv2d(*case.positional())
    assert done == ["fill"]
    done.clear()
    output.sum().backward()
    assert done == work


@on_torch_alone
def test_the_gradient_of_the_bias_alone_needs_no_sampling(monkeypatch):
    case = make_case()
    case.tensors["bias"].requires_grad_()
    output = deform_conv2d(*case.positional())
    monkeypatch.delattr(torch_backend, "corner_weights")
    output.sum().backward()
    assert torch.equal(case.tensors["bias"].grad, torch.full((4,), 2.0 * 5 * 5).double())
