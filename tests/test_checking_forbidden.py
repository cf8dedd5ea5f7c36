"""What a solution may not use is found, under whatever name, and nothing else is."""

import importlib.util

import pytest

from dcn_course.checking import check, layout
from dcn_course.checking.catalogue import exercise, numbers
from dcn_course.checking.check import check_file
from dcn_course.checking.forbidden import in_file, in_functions

NAMES = ["dcn_course.reference", "dcn_course.conv2d", "torchvision.ops", "torch.autograd.grad"]


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("import torchvision.ops", [("torchvision.ops", 1)]),
        ("from torchvision.ops import deform_conv2d as f", [("torchvision.ops.deform_conv2d", 1)]),
        ("from torchvision import ops\nops.nms", [("torchvision.ops", 1), ("torchvision.ops.nms", 2)]),
        ("import torch as t\nx = t.autograd.grad(1)", [("torch.autograd.grad", 2)]),
        ("def f():\n    import torchvision\n    torchvision.ops.nms()", [("torchvision.ops.nms", 3)]),
        ("from dcn_course.reference import im2col", [("dcn_course.reference.im2col", 1)]),
        ("import dcn_course\ndcn_course.conv2d", [("dcn_course.conv2d", 2)]),
        ("from dcn_course.reference import *\nx = im2col", [("dcn_course.reference.*", 1)]),
        ("from torch.autograd import *\ngrad(1)", [("torch.autograd.grad", 2)]),
        ("from dcn_course import *\nconv2d", [("dcn_course.conv2d", 2)]),
        ("import torchvision.ops.a as b; b.c", [("torchvision.ops.a.c", 1)]),
        ("from dcn_course.checking import check", []),
        ("from dcn_course.datasets import load", []),
        ("import torch\ntorch.autograd.Function\ntorch.autograd.gradcheck", []),
        ("import torchvision", []),
        ("torchvision = 1\ntorchvision.ops = 2", []),
        ("x.torch.autograd.grad", []),
        ("x = = 1", []),
    ],
)
def test_a_forbidden_name_is_found_with_its_line(source, uses):
    found = in_file(source, NAMES)
    assert found == uses


def test_a_function_is_forbidden_by_the_name_of_its_own_module_too():
    names = ["dcn_course.reference.matmul_grad_weight"]
    source = "from dcn_course.reference.convolution import matmul_grad_weight, im2col"
    assert in_file(source, names) == [("dcn_course.reference.convolution.matmul_grad_weight", 1)]
    source = "from dcn_course.reference import convolution as c\nc.matmul_grad_weight"
    assert in_file(source, names) == [("dcn_course.reference.convolution.matmul_grad_weight", 2)]


def test_names_without_end_are_cut_short():
    many = ";".join(f"torchvision.a{i}" for i in range(20_000))
    assert in_file(f"import torchvision\n{many}", NAMES) == []
    deep = f"import torchvision.ops as t\nt{'.a' * 300}\nimport torchvision.ops{'.b' * 3000}"
    assert {line for _, line in in_file(deep, NAMES)} == {1, 2, 3}
    assert max(name.count(".") for name, _ in in_file(deep, NAMES)) < 30


@pytest.mark.parametrize("number", numbers())
def test_no_solution_uses_what_its_exercise_forbids(number):
    assert in_file(layout.solved(number), exercise(number).forbidden) == []


@pytest.mark.parametrize("number", numbers())
def test_each_exercise_forbids_the_reference_that_solves_it(number):
    with_reference = layout.solved(number) + "\nfrom dcn_course.reference import deform_conv2d_backward\n"
    assert in_file(with_reference, exercise(number).forbidden)


def test_the_report_names_what_is_forbidden_and_where(tmp_path):
    path = tmp_path / "04_bilinear_sampling.py"
    path.write_text(layout.solved(4) + "\nfrom dcn_course import reference\n", encoding="utf-8")
    report = check_file(4, path)
    line = len(path.read_text(encoding="utf-8").splitlines())
    assert not report.passed
    assert f"You use dcn_course.reference (line {line}). That is forbidden here" in report.headline


def test_functions_of_a_notebook_are_looked_at_too(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(
        "from dcn_course import reference as r\nfrom dcn_course.reference import conv2d\n\n\n"
        "def convolve(x):\n    return conv2d(x, x)\n\n\ndef locate(points):\n    return r.locate(points)\n"
        "\n\ndef pixel(image, qy, qx):\n    return image\n",
        encoding="utf-8",
    )
    spec = importlib.util.spec_from_file_location("own", path)
    own = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(own)
    assert [name for name, _ in in_functions([own.locate], NAMES)] == ["dcn_course.reference.locate"]
    assert in_functions([own.locate], ["dcn_course.reference.im2col"]) == []
    assert in_functions([own.pixel], NAMES) == []
    assert in_functions([own.convolve], NAMES) == [("dcn_course.reference.conv2d", 2)]
    report = check(4, own.locate, own.pixel, prediction=26.25)
    assert "You use dcn_course.reference.locate" in report.headline
