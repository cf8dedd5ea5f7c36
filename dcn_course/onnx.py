"""Networks with our layers as ONNX files: our operators become the standard `Conv` and `DeformConv`."""

import importlib
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import dcn_course.ops  # noqa: F401  the operators' names

OPSET = 19  # the first that has DeformConv
_ops = torch.ops.dcn_course


def export_onnx(
    module: nn.Module, example_inputs: tuple[Tensor, ...], path: str | Path, *, dynamic_shapes: Any = None
) -> None:
    """Write `module` to an ONNX file (opset 19), to be run by onnxruntime and others without PyTorch.

    The standard operator knows the border `zeros` only.

    Args:
        module: Any module that torch.export can take; our layers in it compute with their own parameters.
        example_inputs: Inputs of the module. Their shapes become the file's, but for `dynamic_shapes`.
        path: The file.
        dynamic_shapes: Axes whose length may change, as in `torch.export.export`, for example
            `({0: torch.export.Dim("images")},)`.

    Raises:
        ValueError: A deformable convolution has the border `project`.
        ModuleNotFoundError: onnx or onnxscript is not installed.
    """
    for name in ("onnx", "onnxscript"):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                f'export_onnx: expected {name} to be installed: pip install "dcn-course[onnx]"', name=name
            ) from error
    program = torch.export.export(module, example_inputs, dynamic_shapes=dynamic_shapes)
    for node in program.graph.nodes:
        if node.target is _ops.deform_conv2d.default and "zeros" not in node.args:
            raise ValueError(
                "border: expected 'zeros' in every deformable layer, as ONNX has no other, got 'project'"
            )
    exported = torch.onnx.export(
        program,
        dynamo=True,
        opset_version=OPSET,
        custom_translation_table={
            _ops.deform_conv2d.default: _deform_conv,
            _ops.conv2d.default: _conv,
        },
        verbose=False,
    )
    assert exported is not None  # it is with dynamo=True
    exported.save(path)


def _deform_conv(
    input: Any,
    offset: Any,
    mask: Any,
    weight: Any,
    bias: Any,
    stride: list[int],
    padding: list[int],
    dilation: list[int],
    border: str,
    backend: str | None = None,
) -> Any:
    taps = weight.shape[2] * weight.shape[3]
    return _opset().DeformConv(
        input,
        weight,
        offset,
        bias,
        mask,
        offset_group=offset.shape[1] // (2 * taps),
        **_attributes(input, weight, stride, padding, dilation),
    )


def _conv(
    input: Any, weight: Any, bias: Any, stride: list[int], padding: list[int], dilation: list[int]
) -> Any:
    return _opset().Conv(input, weight, bias, **_attributes(input, weight, stride, padding, dilation))


def _opset() -> Any:
    return importlib.import_module("onnxscript").opset19


def _attributes(
    input: Any, weight: Any, stride: list[int], padding: list[int], dilation: list[int]
) -> dict[str, Any]:
    return {
        "group": input.shape[1] // weight.shape[1],
        "kernel_shape": [weight.shape[2], weight.shape[3]],
        "strides": stride,
        "pads": [*padding, *padding],
        "dilations": dilation,
    }
