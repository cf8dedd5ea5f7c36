"""Wrong arguments: the error names the argument, what came and what was expected."""

import re

import pytest
import torch
from deformable_cases import make_case

from dcn_course.ops import conv2d, deform_conv2d


def convolution_arguments():
    """(2, 4, 7, 6) with kernel 3x2 and two groups to (2, 6, 5, 5)."""
    return {
        "input": torch.randn(2, 4, 7, 6),
        "weight": torch.randn(6, 2, 3, 2),
        "bias": torch.randn(6),
        "groups": 2,
    }


def deformable_arguments():
    """(2, 4, 7, 6) with kernel 3x2, two weight groups and two offset groups to (2, 4, 5, 5)."""
    return dict(make_case(groups=2, offset_groups=2, dtype=torch.float32).tensors)


def assert_refused(function, arguments, error, name, *words):
    with pytest.raises(error, match=f"^{re.escape(name)}: ") as caught:
        function(**arguments)
    for word in ("got", "expected", *words):
        assert word in str(caught.value), f"{word!r} is missing in: {caught.value}"


def test_the_unchanged_arguments_are_accepted():
    assert conv2d(**convolution_arguments()).shape == (2, 6, 5, 5)
    assert deform_conv2d(**deformable_arguments()).shape == (2, 4, 5, 5)


OPERATORS = [(conv2d, convolution_arguments), (deform_conv2d, deformable_arguments)]
both = pytest.mark.parametrize(("function", "arguments"), OPERATORS, ids=["conv2d", "deform_conv2d"])


@both
@pytest.mark.parametrize("name", ["input", "offset", "mask", "weight", "bias"])
def test_what_is_no_tensor_is_refused(function, arguments, name):
    if name in arguments():
        value = arguments()[name].numpy()
        assert_refused(function, arguments() | {name: value}, TypeError, name, "torch.Tensor", "ndarray")


@both
@pytest.mark.parametrize("name", ["offset", "mask", "weight", "bias"])
def test_another_dtype_than_that_of_input_is_refused(function, arguments, name):
    if name in arguments():
        wrong = {name: arguments()[name].double()}
        assert_refused(function, arguments() | wrong, TypeError, name, "torch.float32", "torch.float64")


@both
@pytest.mark.parametrize("name", ["offset", "mask", "weight", "bias"])
def test_another_device_than_that_of_input_is_refused(function, arguments, name):
    if name in arguments():
        wrong = {name: arguments()[name].to("meta")}
        assert_refused(function, arguments() | wrong, ValueError, name, "cpu", "meta")


@both
@pytest.mark.parametrize("name", ["input", "offset", "mask", "weight", "bias"])
def test_a_wrong_number_of_axes_is_refused(function, arguments, name):
    if name in arguments():
        wrong = arguments()[name][0]
        assert_refused(function, arguments() | {name: wrong}, ValueError, name, str(tuple(wrong.shape)))


@both
@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64])
def test_an_input_that_is_not_floating_is_refused(function, arguments, dtype):
    wrong = {"input": arguments()["input"].to(dtype)}
    assert_refused(function, arguments() | wrong, TypeError, "input", "floating", str(dtype))


@both
@pytest.mark.parametrize("shape", [(2, 0, 7, 6), (2, 4, 0, 6), (2, 4, 7, 0)])
def test_an_input_without_channels_or_pixels_is_refused(function, arguments, shape):
    wrong = {"input": torch.zeros(shape)}
    assert_refused(function, arguments() | wrong, ValueError, "input", str(shape))


@both
@pytest.mark.parametrize("axis", range(4))
def test_a_weight_with_an_empty_axis_is_refused(function, arguments, axis):
    shape = list(arguments()["weight"].shape)
    shape[axis] = 0
    wrong = {"weight": torch.zeros(shape)}
    assert_refused(function, arguments() | wrong, ValueError, "weight", str(tuple(shape)))


@both
def test_a_bias_of_another_length_than_the_outputs_is_refused(function, arguments):
    outputs = len(arguments()["weight"])
    wrong = {"bias": torch.zeros(outputs + 1)}
    assert_refused(function, arguments() | wrong, ValueError, "bias", f"({outputs},)", f"({outputs + 1},)")


@both
@pytest.mark.parametrize("name", ["stride", "padding", "dilation"])
@pytest.mark.parametrize(
    ("value", "error", "word"),
    [
        (1.5, TypeError, "1.5"),
        ("same", TypeError, "'same'"),
        (None, TypeError, "None"),
        (True, TypeError, "True"),
        ((1, 2, 3), ValueError, "3 values"),
        ((1,), ValueError, "1 values"),
    ],
)
def test_a_stride_padding_or_dilation_that_is_no_int_or_pair_is_refused(
    function, arguments, name, value, error, word
):
    assert_refused(function, arguments() | {name: value}, error, name, "pair (y, x)", word)


@both
@pytest.mark.parametrize(("name", "least"), [("stride", 1), ("padding", 0), ("dilation", 1)])
def test_a_stride_padding_or_dilation_that_is_too_small_is_refused(function, arguments, name, least):
    wrong, least_words = least - 1, f"at least {least}"
    assert_refused(function, arguments() | {name: wrong}, ValueError, name, least_words, str(wrong))
    assert_refused(
        function, arguments() | {name: (1, wrong)}, ValueError, f"{name}[1]", least_words, str(wrong)
    )
    assert_refused(function, arguments() | {name: (1.5, 1)}, TypeError, f"{name}[0]", "int", "1.5")


@both
def test_a_kernel_larger_than_the_padded_input_is_refused(function, arguments):
    wrong = {"dilation": (1, 8), "padding": (0, 1)}
    assert_refused(function, arguments() | wrong, ValueError, "weight", "(3, 2)", "spans 9", "at most 8")


# conv2d alone


@pytest.mark.parametrize("groups", [3, 4])
def test_groups_that_do_not_divide_both_channel_counts_are_refused(groups):
    assert_refused(
        conv2d,
        convolution_arguments() | {"groups": groups},
        ValueError,
        "groups",
        "4 input and 6 output channels",
        str(groups),
    )


@pytest.mark.parametrize(("groups", "error"), [(0, ValueError), (-1, ValueError), (1.0, TypeError)])
def test_groups_that_are_no_positive_int_are_refused(groups, error):
    assert_refused(conv2d, convolution_arguments() | {"groups": groups}, error, "groups", str(groups))


def test_a_weight_with_other_channels_than_the_groups_have_is_refused():
    assert_refused(
        conv2d,
        convolution_arguments() | {"weight": torch.zeros(6, 4, 3, 2)},
        ValueError,
        "weight",
        "2 channels a group",
        "(6, 4, 3, 2)",
    )


# deform_conv2d alone


@pytest.mark.parametrize("shape", [(4, 3, 3, 2), (4, 8, 3, 2), (3, 2, 3, 2)])
def test_a_weight_whose_groups_do_not_divide_the_channels_is_refused(shape):
    arguments = deformable_arguments() | {"weight": torch.zeros(shape), "bias": None}
    assert_refused(deform_conv2d, arguments, ValueError, "weight", "C=4", str(shape))


@pytest.mark.parametrize("channels", [0, 6, 13, 36])
def test_offset_channels_that_fit_no_number_of_groups_are_refused(channels):
    arguments = deformable_arguments() | {"offset": torch.zeros(2, channels, 5, 5)}
    assert_refused(deform_conv2d, arguments, ValueError, "offset", "12*Gd", "4 channels", str(channels))


@pytest.mark.parametrize("shape", [(1, 24, 5, 5), (2, 24, 4, 5), (2, 24, 5, 6)])
def test_an_offset_for_another_batch_or_output_size_is_refused(shape):
    arguments = deformable_arguments() | {"offset": torch.zeros(shape)}
    assert_refused(deform_conv2d, arguments, ValueError, "offset", "(2, 24, 5, 5)", str(shape))


@pytest.mark.parametrize("shape", [(1, 12, 5, 5), (2, 6, 5, 5), (2, 24, 5, 5), (2, 12, 4, 5), (2, 12, 5, 6)])
def test_a_mask_that_does_not_fit_the_offset_is_refused(shape):
    arguments = deformable_arguments() | {"mask": torch.zeros(shape)}
    assert_refused(deform_conv2d, arguments, ValueError, "mask", "(2, 12, 5, 5)", str(shape))


@pytest.mark.parametrize("border", ["reflect", "", None, ["zeros"]])
def test_an_unknown_border_is_refused(border):
    assert_refused(
        deform_conv2d,
        deformable_arguments() | {"border": border},
        ValueError,
        "border",
        "'zeros', 'project'",
        repr(border),
    )


@pytest.mark.parametrize("backend", ["cuda", "", 0])
def test_an_unknown_backend_is_refused_and_the_known_ones_are_named(backend):
    assert_refused(
        deform_conv2d,
        deformable_arguments() | {"backend": backend},
        ValueError,
        "backend",
        "'torch', 'numba'",
        repr(backend),
    )
