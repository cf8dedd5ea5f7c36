"""Exercise 12: in a few words, code that comes last."""

UNUSUAL = [
    (
        "buffers as in the report",
        """
_whole = DeformConv2d
class DeformConv2d(_whole):
    @staticmethod
    def forward(ctx, input, offset, weight, bias, stride, padding, dilation, border):
        (ay, wy, fy), (ax, wx, fx) = cells(offset, input.shape[2:], weight.shape[2:], stride, padding, dilation, border)
        X = [pixels(input, ay + i, ax + j) for i, j in CORNERS]
        A = sum(wy[i] * wx[j] * x for (i, j), x in zip(CORNERS, X))
        ctx.save_for_backward(A, weight, ay, ax, *wy, *wx, fy, fx, *X)
        ctx.shapes = input.shape, offset.shape
        return torch.einsum("ock,nckyx->noyx", weight.flatten(2), A) + bias.reshape(1, -1, 1, 1)

    @staticmethod
    def backward(ctx, g):
        A, weight, ay, ax, y0, y1, x0, x1, fy, fx, *X = ctx.saved_tensors
        dA = torch.einsum("ock,noyx->nckyx", weight.flatten(2), g)
        dX = torch.zeros(ctx.shapes[0], dtype=g.dtype)
        for (i, j) in CORNERS:
            add_pixels(dX, ay + i, ax + j, (y0, y1)[i] * (x0, x1)[j] * dA)
        a, below, diagonal, right = X
        dy = dA * (x0 * (below - a) + x1 * (diagonal - right)) * fy
        dx = dA * (y0 * (right - a) + y1 * (diagonal - below)) * fx
        doff = torch.stack((dy.sum(1), dx.sum(1)), dim=2).reshape(ctx.shapes[1])
        dK = torch.einsum("noyx,nckyx->ock", g, A).reshape(weight.shape)
        return dX, doff, dK, g.sum((0, 2, 3)), None, None, None, None
""",
    ),
    (
        "forward without ctx, and setup_context",
        """
_old = DeformConv2d
class DeformConv2d(torch.autograd.Function):
    @staticmethod
    def forward(input, offset, weight, bias, stride, padding, dilation, border):
        class Ctx:
            def save_for_backward(self, *tensors): pass
        return _old.forward(Ctx(), input, offset, weight, bias, stride, padding, dilation, border)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs[:3])
        ctx.settings = inputs[4:]

    backward = _old.backward
""",
    ),
    (
        "NumPy inside, with loops",
        """
import numpy as np
_old = DeformConv2d
class DeformConv2d(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, offset, weight, bias, stride, padding, dilation, border):
        ctx.save_for_backward(input, offset, weight)
        ctx.settings = stride, padding, dilation, border
        (ay, wy, _), (ax, wx, _) = cells(offset, input.shape[2:], weight.shape[2:], *ctx.settings)
        X, K = input.detach().numpy(), weight.detach().flatten(2).numpy()
        (N, C1, H, W), (C2, _, taps) = X.shape, K.shape
        Y = np.zeros((N, C2, *ay.shape[3:])) + bias.detach().numpy()[:, None, None]
        for n, k, oy, ox in np.ndindex(N, taps, *ay.shape[3:]):
            for i, j in CORNERS:
                y, x = int(ay[n, 0, k, oy, ox]) + i, int(ax[n, 0, k, oy, ox]) + j
                if 0 <= y < H and 0 <= x < W:
                    w = float(wy[i][n, 0, k, oy, ox] * wx[j][n, 0, k, oy, ox])
                    Y[n, :, oy, ox] += K[:, :, k] @ X[n, :, y, x] * w
        return torch.from_numpy(Y)

    backward = _old.backward
""",
    ),
    (
        "only what is asked for",
        """
_old = DeformConv2d
class DeformConv2d(_old):
    @staticmethod
    def backward(ctx, grad_output):
        found = _old.backward(ctx, grad_output)
        return tuple(g if need else None for g, need in zip(found, ctx.needs_input_grad))
""",
    ),
    (
        "single precision",
        """
_old = DeformConv2d
class DeformConv2d(_old):
    @staticmethod
    def forward(ctx, input, offset, weight, bias, *settings):
        return _old.forward(ctx, *(t.detach().float() for t in (input, offset, weight, bias)), *settings)
""",
    ),
]
