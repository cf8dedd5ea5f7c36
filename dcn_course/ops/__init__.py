"""The operators of the course: convolutions whose backward is the derived one."""

from dcn_course.ops.convolution import conv2d
from dcn_course.ops.deformable import deform_conv2d

__all__ = ["conv2d", "deform_conv2d"]
