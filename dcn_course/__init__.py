"""Deformable convolution whose every gradient is derived by hand.

Names are loaded on first use (SPEC 1), so ``import dcn_course`` costs no torch.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, _names = _lazy.attach(
    __name__,
    submodules=[
        "checking",
        "datasets",
        "experiments",
        "grading",
        "layers",
        "lenet",
        "onnx",
        "ops",
        "records",
        "reference",
        "sampling",
        "timing",
        "training",
        "widgets",
    ],
    submod_attrs={
        "ops": ["conv2d", "convert_offset", "deform_conv2d"],
        "layers": ["Conv2d", "DeformConv2d", "DeformableConv2d", "OffsetPredictor"],
        "lenet": ["LeNet5", "LeNet5DC"],
        "onnx": ["export_onnx"],
        "sampling": ["sampling_area", "sampling_areas", "sampling_support", "sampling_supports"],
    },
)
__all__ = ["__version__", *_names]
