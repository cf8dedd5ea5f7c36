import importlib

import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from dcn_course import export_onnx
from dcn_course.layers import Conv2d, DeformableConv2d, DeformConv2d
from dcn_course.lenet import LeNet5DC


def random(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def spread_offsets(module):
    """Let the offset predictors send samples over several pixels."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if "offset_predictor" in name:
                parameter.normal_(0, 0.4, generator=generator)
    return module


def run(path, *inputs):
    """The output that onnxruntime computes."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]
    (output,) = session.run(None, {n: t.numpy() for n, t in zip(names, inputs, strict=True)})
    return torch.from_numpy(output)


def kinds(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 19)]
    return {node.op_type for node in model.graph.node}


def assert_same(path, module, *inputs):
    torch.testing.assert_close(run(path, *inputs), module(*inputs).detach(), rtol=0, atol=2e-5)


GEOMETRIES = [
    {},
    {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)},
    {"groups": 2, "bias": False, "padding": 1},
]


@pytest.mark.parametrize("options", GEOMETRIES, ids=str)
@pytest.mark.parametrize(("offset_groups", "with_mask"), [(1, False), (2, True)])
def test_the_deformable_layer_becomes_the_standard_operator(tmp_path, options, offset_groups, with_mask):
    torch.manual_seed(0)
    layer = DeformConv2d(4, 6, (3, 2), **options)
    X = random(2, 4, 9, 8)
    _, _, rows, cols = Conv2d(4, 6, (3, 2), **options)(X).shape
    inputs = [X, 2.5 * random(2, 12 * offset_groups, rows, cols, seed=1)]
    if with_mask:
        inputs.append(random(2, 6 * offset_groups, rows, cols, seed=2))
    export_onnx(layer, tuple(inputs), tmp_path / "layer.onnx")
    assert kinds(tmp_path / "layer.onnx") == {"DeformConv"}
    assert_same(tmp_path / "layer.onnx", layer, *inputs)


@pytest.mark.parametrize("options", GEOMETRIES, ids=str)
@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_the_whole_layer_becomes_two_standard_operators(tmp_path, options, backend):
    torch.manual_seed(0)
    layer = spread_offsets(DeformableConv2d(4, 6, (3, 2), offset_groups=2, backend=backend, **options))
    X = random(2, 4, 9, 8)
    export_onnx(layer, (X,), tmp_path / "layer.onnx")
    assert kinds(tmp_path / "layer.onnx") == {"Conv", "DeformConv"}
    assert_same(tmp_path / "layer.onnx", layer, X)


def test_the_whole_network_is_exported_for_any_number_of_images(tmp_path):
    torch.manual_seed(0)
    network = spread_offsets(LeNet5DC(border="zeros"))
    shapes = ({0: torch.export.Dim("images")},)
    export_onnx(network, (random(3, 1, 32, 32),), tmp_path / "network.onnx", dynamic_shapes=shapes)
    assert kinds(tmp_path / "network.onnx") >= {"Conv", "DeformConv", "Gemm"}
    for number in (1, 3, 8):
        assert_same(tmp_path / "network.onnx", network, random(number, 1, 32, 32, seed=number))


def test_the_convolution_is_exported_with_its_groups(tmp_path):
    torch.manual_seed(0)
    layer = Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (1, 2), groups=2)
    export_onnx(layer, (random(2, 4, 9, 8),), tmp_path / "layer.onnx")
    assert kinds(tmp_path / "layer.onnx") == {"Conv"}
    assert_same(tmp_path / "layer.onnx", layer, random(2, 4, 9, 8, seed=3))


def test_the_file_stands_alone(tmp_path):
    export_onnx(LeNet5DC(border="zeros"), (random(1, 1, 32, 32),), tmp_path / "network.onnx")
    assert [file.name for file in tmp_path.iterdir()] == ["network.onnx"]


@pytest.mark.parametrize(
    ("module", "shape"),
    [(LeNet5DC(), (1, 1, 32, 32)), (DeformableConv2d(2, 3, 3, border="project"), (1, 2, 6, 7))],
    ids=["network", "layer"],
)
def test_the_border_of_the_report_is_refused_as_the_standard_has_none(tmp_path, module, shape):
    words = r"^border: expected 'zeros' .* got 'project'$"
    with pytest.raises(ValueError, match=words):
        export_onnx(nn.Sequential(module), (random(*shape),), tmp_path / "network.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["onnx", "onnxscript"])
def test_a_missing_package_is_named_with_the_way_to_get_it(tmp_path, monkeypatch, missing):
    real = importlib.import_module

    def without(name, *rest):
        if name == missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(ModuleNotFoundError, match=rf'{missing} .*pip install "dcn-course\[onnx\]"'):
        export_onnx(Conv2d(1, 1, 1), (random(1, 1, 2, 2),), tmp_path / "layer.onnx")
