"""The specification: the course's formulas in plain NumPy and loops, slow and readable.

It needs NumPy alone. The operators of `dcn_course.ops` are fast; tests compare the two.
"""

from .bilinear import (
    BilinearSample,
    bilinear_derivative,
    bilinear_grad_image,
    bilinear_sample,
    bilinear_sum,
    bilinear_value,
    hat,
    locate,
    project,
)
from .convolution import (
    col2im,
    conv2d,
    conv2d_grad_bias,
    conv2d_grad_input,
    conv2d_grad_weight,
    im2col,
    matmul_columns,
    matmul_grad_columns,
    matmul_grad_weight,
    output_size,
)
from .deformable import (
    DeformConv2dGradients,
    DeformedColumns,
    InputGradient,
    deform_conv2d,
    deform_conv2d_backward,
    deform_conv2d_grad_input,
    deform_conv2d_grad_mask,
    deform_conv2d_grad_offset,
    deform_im2col,
    deformable_conv2d,
    deformable_conv2d_grad_input,
    offset_predictor,
    sampling_position,
)
from .jacobian import numerical_gradient, numerical_jacobian
from .pixels import add_to_pixel, pixel

__all__ = [
    "BilinearSample",
    "DeformConv2dGradients",
    "DeformedColumns",
    "InputGradient",
    "add_to_pixel",
    "bilinear_derivative",
    "bilinear_grad_image",
    "bilinear_sample",
    "bilinear_sum",
    "bilinear_value",
    "col2im",
    "conv2d",
    "conv2d_grad_bias",
    "conv2d_grad_input",
    "conv2d_grad_weight",
    "deform_conv2d",
    "deform_conv2d_backward",
    "deform_conv2d_grad_input",
    "deform_conv2d_grad_mask",
    "deform_conv2d_grad_offset",
    "deform_im2col",
    "deformable_conv2d",
    "deformable_conv2d_grad_input",
    "hat",
    "im2col",
    "locate",
    "matmul_columns",
    "matmul_grad_columns",
    "matmul_grad_weight",
    "numerical_gradient",
    "numerical_jacobian",
    "offset_predictor",
    "output_size",
    "pixel",
    "project",
    "sampling_position",
]
