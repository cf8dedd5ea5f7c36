"""The orders of the offsets' channels, and the converter between them."""

import itertools
import re

import numpy as np
import pytest
import torch
from deformable_cases import gradients, make_case
from torchvision.ops import deform_conv2d as torchvision_deform_conv2d

import dcn_course
from dcn_course.ops import OFFSET_LAYOUTS, convert_offset, deform_conv2d

PAIRS = list(itertools.permutations(OFFSET_LAYOUTS, 2))
N, G, KH, KW, HO, WO = 2, 3, 3, 2, 4, 5  # all unequal, the kernel not square
K = KH * KW


def index(layout, n, g, i, j, direction, oy, ox):
    """Where a layout keeps one number, by the formulas of the docstring; direction 0 is y, 1 is x."""
    k = i * KW + j
    match layout:
        case "yx-interleaved":
            return n, 2 * (g * K + k) + direction, oy, ox
        case "xy-interleaved":
            return n, 2 * (g * K + k) + 1 - direction, oy, ox
        case "y-then-x":
            return n, 2 * g * K + direction * K + k, oy, ox
        case "x-then-y":
            return n, 2 * g * K + (1 - direction) * K + k, oy, ox
        case "dcnv3":
            return n, oy, ox, 2 * (g * K + j * KH + i) + 1 - direction


def numbered(layout):
    """Offsets in one layout, filled by a loop over the index formula: number c stands for the c-th place."""
    channels = 2 * G * K
    offset = np.full((N, HO, WO, channels) if layout == "dcnv3" else (N, channels, HO, WO), np.nan)
    for c, place in enumerate(np.ndindex(N, G, KH, KW, 2, HO, WO)):
        assert np.isnan(offset[index(layout, *place)])
        offset[index(layout, *place)] = c
    return offset


@pytest.mark.equation("offset-layout")
@pytest.mark.equation("offset-layouts-split")
@pytest.mark.equation("offset-layout-dcnv3")
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_number_goes_where_the_index_formula_of_the_target_says(source, target):
    offset = numbered(source)
    expected = numbered(target)
    assert (expected >= 0).all()
    converted = convert_offset(offset, source, target, (KH, KW), G)
    assert isinstance(converted, np.ndarray)
    np.testing.assert_array_equal(converted, expected)
    tensor = convert_offset(torch.from_numpy(offset), source, target, (KH, KW), G)
    assert torch.equal(tensor, torch.from_numpy(expected))


@pytest.mark.parametrize("layout", OFFSET_LAYOUTS)
def test_a_layout_converted_to_itself_stays(layout):
    offset = numbered(layout)
    np.testing.assert_array_equal(convert_offset(offset, layout, layout, (KH, KW), G), offset)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_there_and_back_gives_the_same_numbers(source, target):
    offset = torch.from_numpy(numbered(source))
    there = convert_offset(offset, source, target, (KH, KW), G)
    assert there.shape != offset.shape or not torch.equal(there, offset)
    assert torch.equal(convert_offset(there, target, source, (KH, KW), G), offset)


@pytest.mark.equation("offset-layout")
@pytest.mark.parametrize("function", [deform_conv2d, torchvision_deform_conv2d], ids=["ours", "torchvision"])
def test_a_layout_means_to_the_operators_what_its_name_says(function):
    # One tap is moved by whole pixels; the kernel picks it out, so the output is the image, moved.
    image = torch.arange(1.0, 2 * 7 * 6 + 1).view(1, 2, 7, 6)
    for g, i, j in np.ndindex(2, KH, KW):
        y_then_x = torch.zeros(1, 2, 2, KH, KW, 5, 5)
        y_then_x[:, g, 0, i, j], y_then_x[:, g, 1, i, j] = 2, -1
        offset = convert_offset(
            y_then_x.reshape(1, -1, 5, 5), "y-then-x", "yx-interleaved", (KH, KW), offset_groups=2
        )
        weight = torch.zeros(2, 1, KH, KW)
        weight[g, 0, i, j] = 1
        output = function(image, offset, weight)
        for oy, ox in np.ndindex(5, 5):
            y, x = oy + i + 2, ox + j - 1
            inside = y < 7 and x >= 0
            assert output[0, g, oy, ox] == (image[0, g, y, x] if inside else 0)


@pytest.mark.parametrize("layout", OFFSET_LAYOUTS)
def test_the_same_convolution_comes_out_whichever_layout_the_offsets_took(layout):
    case = make_case(offset_groups=2, kernel=(KH, KW))
    kept = convert_offset(case.tensors["offset"], "yx-interleaved", layout, (KH, KW), 2)
    back = convert_offset(kept.clone(), layout, "yx-interleaved", (KH, KW), 2)
    output = deform_conv2d(*case.positional(offset=back))
    assert torch.equal(output, deform_conv2d(*case.positional()))


def test_offsets_taken_in_the_wrong_layout_give_another_result():
    case = make_case(kernel=(KH, KW))
    wrong = convert_offset(case.tensors["offset"], "yx-interleaved", "y-then-x", (KH, KW))
    right, taken_wrong = (deform_conv2d(*case.positional(offset=o)) for o in (case.tensors["offset"], wrong))
    assert right.shape == taken_wrong.shape  # nothing tells
    assert (right - taken_wrong).abs().max() > 1


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_gradients_come_back_to_the_place_that_each_number_came_from(source, target):
    offset = torch.from_numpy(numbered(source)).requires_grad_()
    converted = convert_offset(offset, source, target, (KH, KW), G)
    cotangent = torch.from_numpy(numbered(target))
    (gradient,) = torch.autograd.grad(converted, offset, cotangent)
    assert torch.equal(gradient, offset.detach())


def test_a_gradient_of_the_operator_converts_as_its_offsets_do():
    case = make_case(kernel=(KH, KW))
    expected = gradients(deform_conv2d, case)["offset"]

    def of_split(input, offset, *others):
        return deform_conv2d(input, convert_offset(offset, "y-then-x", "yx-interleaved", (KH, KW)), *others)

    split = convert_offset(case.tensors["offset"], "yx-interleaved", "y-then-x", (KH, KW))
    got = gradients(of_split, case._replace(tensors=case.tensors | {"offset": split}))["offset"]
    assert torch.equal(convert_offset(got, "y-then-x", "yx-interleaved", (KH, KW)), expected)


def test_dtype_device_and_an_empty_batch_are_kept():
    for dtype in (torch.float16, torch.float32, torch.float64, torch.int64):
        offset = torch.zeros(0, 2 * K, HO, WO, dtype=dtype)
        converted = convert_offset(offset, "yx-interleaved", "dcnv3", (KH, KW))
        assert (converted.dtype, converted.shape) == (dtype, (0, HO, WO, 2 * K))
    on_meta = torch.zeros(N, 2 * K, HO, WO, device="meta")
    assert convert_offset(on_meta, "y-then-x", "x-then-y", (KH, KW)).device.type == "meta"


def test_any_memory_layout_is_taken():
    offset = torch.from_numpy(numbered("yx-interleaved"))
    expected = convert_offset(offset, "yx-interleaved", "y-then-x", (KH, KW), G)
    spread = offset.contiguous(memory_format=torch.channels_last)
    assert not spread.is_contiguous()
    assert torch.equal(convert_offset(spread, "yx-interleaved", "y-then-x", (KH, KW), G), expected)


def test_a_square_kernel_may_be_given_by_one_number():
    offset = torch.randn(1, 18, 2, 3)
    by_pair = convert_offset(offset, "yx-interleaved", "dcnv3", (3, 3))
    assert torch.equal(convert_offset(offset, "yx-interleaved", "dcnv3", 3), by_pair)


def test_the_converter_is_a_name_of_the_package():
    assert dcn_course.convert_offset is convert_offset


def arguments():
    return {
        "offset": torch.zeros(N, 2 * G * K, HO, WO),
        "source": "yx-interleaved",
        "target": "y-then-x",
        "kernel_size": (KH, KW),
        "offset_groups": G,
    }


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [
        ("source", "torchvision", ValueError, ["'yx-interleaved'", "'dcnv3'", "'torchvision'"]),
        ("target", None, ValueError, ["'y-then-x'", "None"]),
        ("offset", [[0.0]], TypeError, ["torch.Tensor", "NumPy", "list"]),
        ("offset", torch.zeros(2 * G * K, HO, WO), ValueError, ["(N, 36, Ho, Wo)", "(36, 4, 5)"]),
        ("offset", torch.zeros(N, HO, WO, 2 * G * K), ValueError, ["'yx-interleaved'", "(2, 4, 5, 36)"]),
        ("kernel_size", (3, 3), ValueError, ["offset", "(N, 54, Ho, Wo)", "(2, 36, 4, 5)"]),
        ("kernel_size", 1.5, TypeError, ["pair", "1.5"]),
        ("kernel_size", (0, 2), ValueError, ["at least 1", "0"]),
        ("offset_groups", 1, ValueError, ["offset", "offset_groups 1", "(2, 36, 4, 5)"]),
        ("offset_groups", 0, ValueError, ["at least 1", "0"]),
        ("offset_groups", 2.0, TypeError, ["int", "2.0"]),
    ],
)
def test_wrong_arguments_are_refused_with_what_came_and_what_was_expected(name, value, error, words):
    shown = words[0] if words[0] == "offset" else name
    with pytest.raises(error, match=f"^{re.escape(shown)}(\\[0\\])?: expected ") as caught:
        convert_offset(**arguments() | {name: value})
    for word in (*words, "got"):
        assert word in str(caught.value), f"{word!r} is missing in: {caught.value}"


def test_channels_last_offsets_of_another_shape_are_refused_by_their_last_axis():
    with pytest.raises(ValueError, match=re.escape("(N, Ho, Wo, 36)")):
        convert_offset(torch.zeros(N, 36, HO, WO), "dcnv3", "y-then-x", (KH, KW), G)
