"""Random deformable layers with what their forward pass saves."""

import numpy as np
import pytest

from dcn_course.checking import book, deformed_saved
from dcn_course.checking.ladder.model import FIXED_SEEDS
from dcn_course.reference import DeformedColumns, deform_conv2d_backward, deform_conv2d_grad_offset

NAMES = (
    "input",
    "offset",
    "weight",
    "mask",
    "grad_output",
    "stride",
    "padding",
    "dilation",
    "border",
    "indices",
    "weights",
    "projected",
    "values",
    "slopes",
    "offset_groups",
    "weight_shape",
    "mask_shape",
)
FAMILIES = deformed_saved.families({"all": NAMES})


def gradients(a):
    geometry = a["stride"], a["padding"], a["dilation"]
    return deform_conv2d_backward(
        a["grad_output"], a["input"], a["offset"], a["weight"], None, *geometry, border=a["border"]
    )


def grad_columns(a):
    K = a["weight"].reshape(len(a["weight"]), -1)
    return K.T @ a["grad_output"].reshape(*a["grad_output"].shape[:2], -1)


@pytest.mark.equation("gradient-offset")
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_what_is_saved_gives_the_gradients_of_the_layer(family):
    a = family.make("all", np.random.default_rng(5))
    K = a["weight"].reshape(len(a["weight"]), -1)
    flat = a["grad_output"].reshape(*a["grad_output"].shape[:2], -1)
    weight = np.einsum("nop,nrp->or", flat, a["values"]).reshape(a["weight_shape"])
    np.testing.assert_allclose(weight, gradients(a).weight, atol=1e-12)
    N, C1 = a["input"].shape[:2]
    G, taps, Ho, Wo = a["indices"].shape[1:5]
    assert (a["offset_groups"], a["mask_shape"]) == (G, a["mask"].shape)
    g = (K.T @ flat).reshape(N, G, C1 // G, taps, Ho, Wo, 1)
    by_axis = (g * a["slopes"].reshape(*g.shape[:-1], 2)).sum(axis=2)
    offset = np.moveaxis(by_axis, -1, 3).reshape(a["offset"].shape)
    np.testing.assert_allclose(offset, gradients(a).offset, atol=1e-12)
    buffers = DeformedColumns(a["values"], a["indices"], a["weights"], a["projected"], a["input"].shape)
    np.testing.assert_allclose(
        deform_conv2d_grad_offset(grad_columns(a), buffers, a["input"]), offset, atol=1e-12
    )


def test_a_family_may_be_left_out():
    kept = {family.name for family in deformed_saved.families({"all": NAMES}, without=("groups",))}
    assert {family.name for family in FAMILIES} - kept == {"groups"}


def test_the_negative_positions_stay_in_front_of_the_last_row_and_column():
    (family,) = (f for f in FAMILIES if f.name == "negative")
    places = []
    for seed in FIXED_SEEDS:
        a = family.make("all", np.random.default_rng(seed))
        places.append((a["indices"] + a["weights"][..., 2:]).reshape(-1, 2))
        H, W = a["input"].shape[2:]
    y, x = np.concatenate(places).T
    assert (y < 0).any()
    assert (x < 0).any()
    assert ((y > 0) & (x > 0)).any()
    assert (y < H - 1).all()
    assert (x < W - 1).all()


def test_small_layers_are_readable_and_come_once():
    names = ("grad_output", "input", "offset", "weight", "border")
    found = list(deformed_saved.small(names))
    keys = [repr([np.asarray(a[name]).tolist() for name in names]) for a in found]
    assert len(set(keys)) == len(keys) > 100
    assert all(np.size(value) <= 20 for a in found for value in a.values())
    for wanted in (
        lambda a: len(a["input"]) > 1,
        lambda a: a["input"].shape[1] > 1,
        lambda a: len(a["weight"]) > 1,
        lambda a: a["offset"].shape[1] > 2 * a["weight"][0, 0].size,
        lambda a: a["border"] == "project" and (a["offset"] < 0).any(),
    ):
        assert any(map(wanted, found))
    assert not any(
        a["offset"].shape[1] > 2 * a["weight"][0, 0].size for a in deformed_saved.small(names, groups=False)
    )


def test_an_equation_is_found_in_the_chapter_where_it_stands(tmp_path, monkeypatch):
    chapters = tmp_path / "book" / "_build" / "html" / "chapters"
    chapters.mkdir(parents=True)
    (chapters / "bilinear.html").write_text('<div id="equation-hat">', encoding="utf-8")
    (chapters / "border.html").write_text('<div id="equation-hats">', encoding="utf-8")
    monkeypatch.setattr(book, "PACKAGE", tmp_path / "dcn_course")
    assert book.link("chapters/border", "hat")[1].endswith("chapters/bilinear.html#equation-hat")
    assert book.link("chapters/border", "hats")[1].endswith("chapters/border.html#equation-hats")
    assert book.link("chapters/border", "projection") == ("equation projection", "page chapters/border")
