"""The convolutions on which the exercises are tried."""

import numpy as np
import pytest

from dcn_course import reference
from dcn_course.checking import convolution_inputs

NAMES = ("input", "weight", "bias", "grad_output", "columns", "stride", "padding", "dilation")
FAMILIES = convolution_inputs.families({"f": NAMES})
SMALL = list(convolution_inputs.small(NAMES))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_arrays_of_a_layer_fit_each_other(family):
    a = family.make("f", np.random.default_rng(3))
    geometry = a["stride"], a["padding"], a["dilation"]
    assert reference.conv2d(a["input"], a["weight"], a["bias"], *geometry).shape == a["grad_output"].shape
    assert reference.im2col(a["input"], a["weight"].shape[2:], *geometry).shape == a["columns"].shape
    again, other = (family.make("f", np.random.default_rng(seed)) for seed in (3, 4))
    assert np.array_equal(a["input"], again["input"])
    assert not np.array_equal(a["input"], other["input"])


@pytest.mark.parametrize("a", SMALL[:: len(SMALL) // 30])
def test_small_layers_are_whole_and_fit(a):
    geometry = a["stride"], a["padding"], a["dilation"]
    assert reference.conv2d(a["input"], a["weight"], a["bias"], *geometry).shape == a["grad_output"].shape
    for name in NAMES[:5]:
        assert a[name].size <= 20
        assert (a[name] % 1 == 0).all()


def test_the_smallest_layer_comes_first_and_no_kernel_is_too_large():
    assert SMALL[0]["input"].size == SMALL[0]["weight"].size == 1
    assert convolution_inputs.output_points((2, 5), (3, 2), (1, 1), (0, 0), (1, 1)) == (0, 0)
    assert convolution_inputs.output_points((2, 5), (3, 2), (1, 2), (1, 0), (1, 1)) == (2, 2)
    assert {a["input"].shape[0] for a in SMALL} == {a["weight"].shape[0] for a in SMALL} == {1, 2}
