"""ONNX's standard operator DeformConv, run by onnxruntime: a forward pass only."""

from typing import Any

import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper
from torch import Tensor

from dcn_course.timing.grid import Forward
from dcn_course.timing.problem import Problem

OPSET = 19  # the first that has DeformConv


def build(problem: Problem) -> bytes:
    """Return a serialised model of one node, DeformConv, for the shapes of a problem.

    Its inputs are named X, W, offset and B, its output Y; ONNX lays the offsets out as we do.
    """
    tensors = {"X": problem.input, "W": problem.weight, "offset": problem.offset, "B": problem.bias}
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, tensor.shape)
        for name, tensor in tensors.items()
    ]
    node = helper.make_node(
        "DeformConv",
        list(tensors),
        ["Y"],
        kernel_shape=problem.weight.shape[2:],
        pads=[problem.padding] * 4,
    )
    output = helper.make_tensor_value_info("Y", TensorProto.FLOAT, problem.grad_output.shape)
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(
        helper.make_graph([node], "deformable convolution", inputs, [output]),
        opset_imports=[opset],
        ir_version=helper.find_min_ir_version_for([opset]),
    )
    onnx.checker.check_model(model)
    serialised: bytes = model.SerializeToString()
    return serialised


def prepare(problem: Problem, threads: int) -> Forward:
    """Return a function that runs the model on the CPU, on tensors of the problem's shapes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Its threads wait for work by spinning; after a run they would take the core from the next peer.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(build(problem), options, providers=["CPUExecutionProvider"])

    def forward(input: Tensor, offset: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        tensors: dict[str, Any] = {"X": input, "W": weight, "offset": offset, "B": bias}
        (output,) = session.run(["Y"], {name: tensor.detach().numpy() for name, tensor in tensors.items()})
        return torch.from_numpy(output)

    return forward
