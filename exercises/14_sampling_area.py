# %% [markdown]
# # 14 · The sampling area
#
# 30 minutes · medium · after 11 · needs torch · chapter `chapters/lenet`

# %% [markdown]
# Where does an output point look? The sampling area is the gradient of this point with respect to the image: a pixel with a
# large gradient has much to say. For an ordinary network the pixels lie in a fixed square, the receptive field; for a
# deformable one they depend on the image. You write it with autograd, check it by hand, changing pixel after pixel, and
# measure how far it reaches.
#
# A network is any function here that turns images (N, C, H, W) into maps (N, C2, Hout, Wout).

# %% [markdown]
# **First, by hand.** A network that is one convolution: an image of 2×2 pixels, one channel, and two output maps of a single point each. Their
# kernels are
#
# ```
# map 0   1 -2     map 1  -1  2
#         0 -3             4  0
# ```
#
# Write down the sampling area of the output point, four numbers: for each pixel the sum over both maps of the absolute value
# of the gradient.

# %%
prediction = ...

# %%
import torch

# %%
def sampling_area(network, image, point):
    """Compute how strongly an output point depends on each pixel.

    Args:
        network: turns images (N, C, H, W) into maps (N, C2, Hout, Wout).
        image: X, shape (C, H, W); it stays as it is.
        point: (oy, ox), the output point.

    Returns:
        S, shape (H, W): the sum over output maps and image channels of |∂Y(c2, oy, ox)/∂X(c1, y, x)|. The network's
        parameters keep the gradients that they have.
    """
    oy, ox = point
    raise NotImplementedError("about 7 lines")

# %%
def answers(network, image, point, step):
    """Change one number of the image at a time, and see how much the output point answers.

    Args:
        network: as in `sampling_area`.
        image: X, shape (C, H, W); it stays as it is.
        point: (oy, ox), the output point.
        step: what is added to the number.

    Returns:
        Shape (H, W): for each pixel, the sum over image channels and output maps of |change of the output| / step.
    """
    oy, ox = point
    C, H, W = image.shape
    raise NotImplementedError("about 11 lines")

# %%
def frame(area):
    """Find the smallest rectangle of pixels that holds all that is not zero.

    Args:
        area: shape (H, W); something in it is not zero.

    Returns:
        Four integers: the top row, the left column, the height and the width, in pixels.
    """
    raise NotImplementedError("about 3 lines")

# %% [markdown]
# ## What you should see
#
# The sampling area of one output point, the darker, the stronger: left of two ordinary convolutions with 3×3 taps, a square of
# 5×5 pixels whatever the image; right of a deformable convolution before an ordinary one. There the pixels lie where the taps
# were sent, and those count too from which the offsets were predicted. The picture is in `14_sampling_area.svg`.

# %% [markdown]
# Check it with `dcn check 14`.

# %% [markdown]
# ## Hints
#
# Open one at a time, and try again before the next.
#
# <details><summary>sampling_area, hint 1</summary>
#
# What autograd differentiates with respect to must be a leaf that requires a gradient: X = image.detach().clone().requires_grad_(). The image itself stays as it is.
#
# </details>
#
# <details><summary>sampling_area, hint 2</summary>
#
# torch.autograd.grad(value, X, retain_graph=True) gives the gradient of one number, and leaves the parameters' .grad alone. value.backward() would fill them.
#
# </details>
#
# <details><summary>sampling_area, hint 3</summary>
#
# One gradient for each output map, its absolute values summed over the image's channels. Absolute values first: else signs cancel.
#
# </details>
#
# <details><summary>answers, hint 1</summary>
#
# Change one number of one channel at a time, in a copy of the image: image.clone().
#
# </details>
#
# <details><summary>answers, hint 2</summary>
#
# Run the network once on the image itself, and once for each change. Nothing is differentiated: with torch.no_grad().
#
# </details>
#
# <details><summary>answers, hint 3</summary>
#
# Add up |after - before| over the output maps, divide by the step, and add that to the pixel, for each channel.
#
# </details>
#
# <details><summary>frame, hint 1</summary>
#
# area.any(1) says for each row whether anything in it is not zero, area.any(0) for each column. nonzero() gives the places.
#
# </details>
#
# <details><summary>frame, hint 2</summary>
#
# The last row that counts minus the first one, plus one, is the height: both ends belong to it.
#
# </details>
