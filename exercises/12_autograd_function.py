# %% [markdown]
# # 12 · The whole operation for autograd
#
# 45 minutes · hard · after 08, 09, 10 · needs torch · chapter `chapters/autograd`

# %% [markdown]
# You have all the pieces, in NumPy. Here they become one operation that PyTorch can differentiate: a subclass of
# `torch.autograd.Function` with a `forward` and a `backward`. `forward` computes the output and keeps on `ctx` what
# `backward` will need; `backward` gets δ = ∂E/∂Y and returns the gradient of E for each argument of `forward`.
# For `loss.backward()` it is then as good as any layer of PyTorch.
#
# The three helpers are given: they are what you wrote in exercises 04 to 09, in tensors.

# %% [markdown]
# **First, by hand.** The image of exercises 04 and 05, one channel, and a kernel of a single tap:
#
# ```
# image  10 20     kernel  3     bias  1
#        40 80
# ```
#
# The stride is 2, so there is one output point. Its offset is (y, x) = (0.25, 0.5); you know the value there, 26.25, and
# the slopes, 45 in y and 17.5 in x. From above comes δ = 2. What does `backward` return for the kernel, the bias, and the
# offset in y and in x? Write down the four numbers in this order.

# %%
prediction = ...

# %%
import torch
from torch.autograd.function import once_differentiable

CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1))  # (i, j), down and right, of the four pixels of a cell


def cells(offset, size, kernel_size, stride, padding, dilation, border):
    """Find the cell of every sample. Given.

    Returns:
        For y and for x, in tensors of the shape (N, 1, kH*kW, Hout, Wout): the index a of the cell's first row (or
        column), int64; the weights (1 - t, t) of its first and second one; and whether the sample follows its
        offset: False where the border "project" holds it.
    """
    N, _, Ho, Wo = offset.shape
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    delta = offset.reshape(N, kH, kW, 2, Ho, Wo)
    y = sy * torch.arange(Ho)[:, None] - py + dy * torch.arange(kH)[:, None, None, None] + delta[:, :, :, 0]
    x = sx * torch.arange(Wo) - px + dx * torch.arange(kW)[:, None, None] + delta[:, :, :, 1]
    found = []
    for position, last in ((y, size[0] - 1), (x, size[1] - 1)):
        p = position.reshape(N, 1, kH * kW, Ho, Wo)
        free = torch.ones_like(p, dtype=torch.bool)
        if border == "project":
            free = (p >= 0) & (p <= last)
            p = p.clamp(0, last)
        a = p.floor()
        found.append((a.long(), (1 - (p - a), p - a), free))
    return found


def pixels(input, qy, qx):
    """Read all channels at lattice points (N, 1, kH*kW, Hout, Wout); zero outside the image. Given."""
    N, C1, H, W = input.shape
    on = (qy >= 0) & (qy < H) & (qx >= 0) & (qx < W)
    n, c1 = torch.arange(N).reshape(N, 1, 1, 1, 1), torch.arange(C1).reshape(1, C1, 1, 1, 1)
    return input[n, c1, qy.clamp(0, H - 1), qx.clamp(0, W - 1)] * on


def add_pixels(grad_input, qy, qx, shares):
    """Add shares (N, C1, kH*kW, Hout, Wout) to the pixels, in place; what falls outside is dropped. Given."""
    N, C1, H, W = grad_input.shape
    on = (qy >= 0) & (qy < H) & (qx >= 0) & (qx < W)
    n, c1 = torch.arange(N).reshape(N, 1, 1, 1, 1), torch.arange(C1).reshape(1, C1, 1, 1, 1)
    grad_input.index_put_((n, c1, qy.clamp(0, H - 1), qx.clamp(0, W - 1)), shares * on, accumulate=True)

# %%
class DeformConv2d(torch.autograd.Function):
    """Deformable convolution; call it as `DeformConv2d.apply(input, offset, ...)`."""

    @staticmethod
    def forward(ctx, input, offset, weight, bias, stride, padding, dilation, border):
        """Convolve at displaced positions, and keep what the way back needs.

        Args:
            ctx: carries things to `backward`: `ctx.save_for_backward(...)` for tensors, attributes for the rest.
            input: X, shape (N, C1, H, W).
            offset: Δp, shape (N, 2*kH*kW, Hout, Wout), in pixels; for each tap first y, then x.
            weight: K, shape (C2, C1, kH, kW).
            bias: b, shape (C2,).
            stride: (sy, sx), in pixels.
            padding: (py, px), in pixels.
            dilation: (dy, dx), in pixels.
            border: "zeros" or "project".

        Returns:
            Y, shape (N, C2, Hout, Wout).
        """
        raise NotImplementedError("about 7 lines")

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_output):
        """Send δ back to every argument of `forward`.

        Args:
            ctx: what `forward` has kept.
            grad_output: δ = ∂E/∂Y, shape (N, C2, Hout, Wout); it need not be contiguous.

        Returns:
            One gradient for each argument of `forward` after `ctx`, each in the shape of its argument: four tensors,
            then None for stride, padding, dilation and border.
        """
        raise NotImplementedError("about 17 lines")

# %% [markdown]
# ## What you should see
#
# Forward, your operation reads a value between the pixels at each tap. Backward, the same lines run the other way: each
# sample gives its four pixels their shares, and learns the slope along which its offset should move. The picture is in `12_autograd_function.svg`.

# %% [markdown]
# Check it with `dcn check 12`.

# %% [markdown]
# ## Hints
#
# Open one at a time, and try again before the next.
#
# <details><summary>DeformConv2d.forward, hint 1</summary>
#
# cells(offset, input.shape[2:], weight.shape[2:], stride, padding, dilation, border) gives the cells. A is the sum over the four corners (i, j) of wy[i] * wx[j] * pixels(input, ay + i, ax + j).
#
# </details>
#
# <details><summary>DeformConv2d.forward, hint 2</summary>
#
# A comes out with the shape (N, C1, kH*kW, Hout, Wout). A.flatten(1, 2).flatten(2) makes a matrix for each image, and weight.flatten(1) is the kernel as a matrix: Y = K A + b.
#
# </details>
#
# <details><summary>DeformConv2d.forward, hint 3</summary>
#
# ctx.save_for_backward takes tensors alone. What is no tensor becomes an attribute: ctx.settings = stride, padding, dilation, border. To keep the three inputs is enough, all else can be computed again.
#
# </details>
#
# <details><summary>DeformConv2d.backward, hint 1</summary>
#
# ctx.saved_tensors gives back what was saved, in its order. Compute the cells again, then grad_A = Kᵀ δ in the shape of A.
#
# </details>
#
# <details><summary>DeformConv2d.backward, hint 2</summary>
#
# One loop over the corners does it: with X = pixels(input, ay + i, ax + j) collect A, the slope in y (sign 2*i - 1, weight wx[j]), the slope in x (sign 2*j - 1, weight wy[i]), and give the pixels their share wy[i] * wx[j] * grad_A by add_pixels.
#
# </details>
#
# <details><summary>DeformConv2d.backward, hint 3</summary>
#
# The gradient of an offset is grad_A times the slope, summed over the channels, and zero where free is False. Stack y and x next to the taps: axis 2 of (N, taps, 2, Hout, Wout).
#
# </details>
#
# <details><summary>DeformConv2d.backward, hint 4</summary>
#
# Kernel and bias serve all images: sum over the batch. Return one gradient for each argument of forward after ctx, None for the four that are no tensors.
#
# </details>
