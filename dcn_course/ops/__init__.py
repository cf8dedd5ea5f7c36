"""The operators of the course: convolutions whose backward is the derived one."""

from dcn_course.ops.convolution import conv2d
from dcn_course.ops.deformable import deform_conv2d
from dcn_course.ops.offset_layout import OFFSET_LAYOUTS, convert_offset

__all__ = ["OFFSET_LAYOUTS", "conv2d", "convert_offset", "deform_conv2d"]
