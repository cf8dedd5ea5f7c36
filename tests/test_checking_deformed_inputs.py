"""The layers on which the exercises are tried, and what is said of their entries."""

import numpy as np
import pytest

from dcn_course import reference
from dcn_course.checking import deformed_inputs
from dcn_course.checking.ladder import deformed

EVERYTHING = (
    "input",
    "offset",
    "mask",
    "weight",
    "bias",
    "grad_output",
    "grad_columns",
    "stride",
    "padding",
    "dilation",
    "border",
)
FAMILIES = {family.name: family for family in deformed_inputs.families({"f": EVERYTHING})}
MADE = [
    pytest.param(family.make("f", np.random.default_rng(seed)), id=f"{name} {seed}")
    for name, family in FAMILIES.items()
    for seed in range(4)
]
SMALL = list(deformed_inputs.small(EVERYTHING))


def buffers(a, mask=True):
    geometry = a["stride"], a["padding"], a["dilation"]
    size = a["weight"].shape[2:]
    return reference.deform_im2col(
        a["input"], a["offset"], size, *geometry, a["mask"] if mask else None, a["border"]
    )


@pytest.mark.parametrize("a", [*MADE, *SMALL[:: len(SMALL) // 20]])
def test_the_terms_are_those_of_the_specification(a):
    found = buffers(a)
    columns = sum(deformed.column_terms(a).values())
    np.testing.assert_allclose(columns.reshape(found.columns.shape), found.columns, atol=1e-12)
    g = a["grad_columns"]
    offset = reference.deform_conv2d_grad_offset(g, found, a["input"], a["mask"])
    terms = deformed.offset_terms(a)
    assert len(terms) == 8
    np.testing.assert_allclose(sum(terms.values()).reshape(offset.shape), offset, atol=1e-11)
    image = reference.deform_conv2d_grad_input(g, found, a["input"].shape, a["mask"])
    np.testing.assert_allclose(sum(deformed.input_terms(a).values()), image, atol=1e-11)
    plain = {key: value for key, value in a.items() if key != "mask"}
    columns = sum(deformed.column_terms(plain).values())
    np.testing.assert_allclose(columns.ravel(), buffers(a, mask=False).columns.ravel(), atol=1e-12)


@pytest.mark.parametrize("a", MADE)
def test_no_sample_lies_at_a_kink(a):
    for coordinate in deformed.samples(a).position:
        assert (abs(coordinate - np.round(coordinate)) > 5e-4).all()


def test_the_kinds_of_layer_hold_what_their_names_say():
    def of(name):
        return [FAMILIES[name].make("f", np.random.default_rng(seed)) for seed in range(4)]

    def off(a):
        found = deformed.samples(a)
        (y, x), (H, W) = found.position, found.size
        return (y < 0) | (y > H - 1) | (x < 0) | (x > W - 1), (y < 0) | (x < 0)

    assert not any(off(a)[0].any() for name in ("inside", "channels") for a in of(name))
    for rule, ending in (("zeros", ""), ("project", " projected")):
        for name in ("edges", "outside"):
            for a in of(name + ending):
                assert a["border"] == rule
                assert off(a)[0].all()
                assert off(a)[1].any()
                assert not off(a)[1].all()
    for a in of("repeated"):
        y, x = deformed.samples(a).position
        pairs = np.stack([y.ravel(), x.ravel()], axis=1).round(9)
        assert len(np.unique(pairs, axis=0)) <= 5 < len(pairs)
    assert all(deformed.samples(a).shape[1] == 3 for a in of("groups"))
    assert all(min(a["input"].shape[:2]) > 1 for a in of("channels"))


@pytest.mark.parametrize("a", SMALL[:: len(SMALL) // 30])
def test_small_layers_are_whole_with_offsets_in_odd_quarters(a):
    for name in ("input", "weight", "bias", "grad_output", "grad_columns"):
        assert (a[name] % 1 == 0).all()
    assert ((4 * a["offset"]) % 2 == 1).all()
    assert max(a[name].size for name in EVERYTHING[:7]) <= 20


def test_the_smallest_layer_comes_first_and_both_borders_and_groups_are_there():
    assert SMALL[0]["input"].size == SMALL[0]["weight"].size == 1
    assert {a["border"] for a in SMALL} == {"zeros", "project"}
    assert {deformed.samples(a).shape[1] for a in SMALL} == {1, 2}
    assert {deformed.samples(a).shape[1] for a in deformed_inputs.small(EVERYTHING, groups=False)} == {1}
    assert len(SMALL) <= 1500


@pytest.mark.parametrize("a", MADE)
def test_features_and_planes_fit_the_arrays(a):
    shapes = {
        "column": deformed.column_view(a),
        "offset": deformed.offset_view(a),
        "mask": deformed.mask_view(a),
        "output": a["grad_output"].shape,
        "input": a["input"].shape,
        "weight": a["weight"].shape,
    }
    assert np.prod(shapes["column"]) == a["grad_columns"].size
    assert np.prod(shapes["offset"]) == a["offset"].size
    assert np.prod(shapes["mask"]) == a["mask"].size
    for kind, shape in shapes.items():
        for feature in getattr(deformed, f"{kind}_features")(a):
            assert feature.mask.dtype == bool
            np.broadcast_to(feature.mask, shape)
        for plane in getattr(deformed, f"{kind}_planes")(a):
            rows = np.broadcast_to(plane.rows, shape) - plane.first[0]
            columns = np.broadcast_to(plane.columns, shape) - plane.first[1]
            assert rows.min() >= 0
            assert columns.min() >= 0
            assert rows.max() < plane.shape[0]
            assert columns.max() < plane.shape[1]
