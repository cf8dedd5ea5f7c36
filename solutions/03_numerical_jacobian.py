# %% [raw]
# title = "The Jacobian by numbers"
# chapter = "chapters/checking_gradients"
# minutes = 25
# difficulty = "easy"
# after = []
# forbidden = ["dcn_course"]
#
# [[gaps]]
# function = "numerical_jacobian"
# equation = "central-difference"
# hints = [
#   "One input at a time: a copy of x with the input moved up by eps, another one with it moved down. What f gives for the two is subtracted.",
#   "x.flat[j] is input number j, whatever the shape of x. Take fresh copies for each j, and for each of the two calls: f may write into its argument, or return a view of it.",
#   "The change divided by 2 * eps, as a long vector, is column j: np.stack(columns, axis=1).",
# ]
#
# [[gaps]]
# function = "numerical_gradient"
# equation = "central-difference"
# hints = [
#   "By the chain rule each input's gradient is a sum over all outputs: grad_output of the output times its derivative.",
#   "Multiply each row of the Jacobian by the grad_output of its output, and sum over the rows. At the end give it the shape of x.",
#   "grad_output.reshape(len(J), 1) * J does all rows at once; the product grad_output.ravel() @ J sums, too.",
# ]
#
# [[gaps]]
# function = "directional_derivative"
# equation = "central-difference"
# hints = [
#   "Now all inputs move at once, along the direction: x + eps * direction and x - eps * direction.",
#   "E is the sum of grad_output * f(x). Its change, divided by 2 * eps, is the one number asked for.",
# ]
#
# [[gaps]]
# function = "best_step"
# equation = "difference-error"
# hints = [
#   "The bound M/6 ε² + uF/ε is least where its derivative is zero.",
#   "M/3 ε = uF/ε². Solve for ε: a cube root.",
#   "At that ε the second term of the bound is M/3 ε², twice the first one. Both together are M/2 ε².",
# ]
#
# [[mistakes]]
# prediction = [[2, 1], [3, 0]]
# because = "those are the derivatives themselves. With a step of 1 the difference sees more than the slope at the point: for a cube it is too large by ε²."
#
# [[mistakes]]
# prediction = [[2, 1], [7, 0]]
# because = "that is the step to one side alone. The central difference takes one in both directions and divides by 2ε."
#
# [[mistakes]]
# prediction = [[4, 2], [8, 0]]
# because = "the two values are 2ε apart, not ε: divide by 2ε."
#
# [[mistakes]]
# prediction = [[2, 4], [1, 0]]
# because = "that is transposed: a row belongs to an output, a column to an input."

# %% [markdown]
# A gradient that is wrong gives no error message; the network only learns worse. So each gradient of this course is held
# against numbers that come from the forward pass alone. You will use these functions to check your own work in all
# exercises that follow. In them, the check asks for exactly the central difference with the step that it gives, also
# where the step is large and the result far from the true derivative.

# %% [question]
# f takes x = (x₀, x₁) to the two numbers (x₀·x₁, x₀³). Compute its Jacobian at x = (1, 2) by central differences with the
# step ε = 1: a row for each output, a column for each input.

# %%
prediction = [[2, 1], [4, 0]]  # <answer>

# %%
import numpy as np


# %%
def numerical_jacobian(f, x, eps):
    """Compute the Jacobian of f at x by central differences.

    Args:
        f: takes an array like x and returns an array of any shape, or a number. It may write into its argument,
            and it may return a view of it.
        x: any shape, floating.
        eps: ε, the step to each side, in units of x.

    Returns:
        Shape (size of f(x), x.size): row i is output i, column j is input j, both counted in C order.
    """
    # <solution>
    columns = []
    for j in range(x.size):
        up, down = x.copy(), x.copy()
        up.flat[j] += eps
        down.flat[j] -= eps
        change = np.asarray(f(up)) - np.asarray(f(down))
        columns.append(change.ravel() / (2 * eps))
    return np.stack(columns, axis=1)
    # </solution>


# %%
def numerical_gradient(f, x, grad_output, eps):
    """Compute what a backward pass should give: the cotangent times the Jacobian.

    Args:
        f: as in numerical_jacobian.
        x: any shape, floating.
        grad_output: δ = ∂E/∂f, shape of f(x).
        eps: ε, the step to each side.

    Returns:
        ∂E/∂x by central differences, shape of x.
    """
    # <solution>
    J = numerical_jacobian(f, x, eps)
    return (grad_output.reshape(len(J), 1) * J).sum(axis=0).reshape(x.shape)
    # </solution>


# %%
def directional_derivative(f, x, grad_output, direction, eps):
    """Compute how fast E changes when all inputs move at once: one number, for two calls of f.

    Args:
        f: as in numerical_jacobian.
        x: any shape, floating.
        grad_output: δ = ∂E/∂f, shape of f(x).
        direction: v, shape of x.
        eps: ε; the inputs move by ε·v to each side.

    Returns:
        The central difference of E(x + t·v), with E = Σ δ·f, at t = 0; a number.
    """
    # <solution>
    change = np.asarray(f(x + eps * direction)) - np.asarray(f(x - eps * direction))
    return (grad_output * change).sum() / (2 * eps)
    # </solution>


# %%
def best_step(F, M, u):
    """Compute the step for which the bound M/6 ε² + uF/ε on the error is smallest, and the bound there.

    Args:
        F: size of f near x.
        M: size of its third derivative there.
        u: largest relative error of one rounding, 2**-53 in float64.

    Returns:
        The best ε and the bound at it: two numbers, each of shape ().
    """
    # <solution>
    step = (3 * u * F / M) ** (1 / 3)
    return step, M / 2 * step**2
    # </solution>


# %% [picture]
# The error of the central difference of $x^3$ at $x = 1.3$, for steps from 1/2 down to $2^{-50}$; both axes count powers of ten. From the
# right it falls with the square of the step, down to your best step (the dashed line). From there on rounding takes over, and
# each tenth of the step costs a digit.
