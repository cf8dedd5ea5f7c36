# %% [markdown]
# # 03 · The Jacobian by numbers
#
# 25 minutes · easy · no exercise before it · chapter `chapters/checking_gradients`

# %% [markdown]
# A gradient that is wrong gives no error message; the network only learns worse. So each gradient of this course is held
# against numbers that come from the forward pass alone. You will use these functions to check your own work in all
# exercises that follow. In them, the check asks for exactly the central difference with the step that it gives, also
# where the step is large and the result far from the true derivative.

# %% [markdown]
# **First, by hand.** f takes x = (x₀, x₁) to the two numbers (x₀·x₁, x₀³). Compute its Jacobian at x = (1, 2) by central differences with the
# step ε = 1: a row for each output, a column for each input.

# %%
prediction = ...

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
    raise NotImplementedError("about 8 lines")

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
    raise NotImplementedError("about 2 lines")

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
    raise NotImplementedError("about 2 lines")

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
    raise NotImplementedError("about 2 lines")

# %% [markdown]
# ## What you should see
#
# The error of the central difference of $x^3$ at $x = 1.3$, for steps from 1/2 down to $2^{-50}$; both axes count powers of ten. From the
# right it falls with the square of the step, down to your best step (the dashed line). From there on rounding takes over, and
# each tenth of the step costs a digit. The picture is in `03_numerical_jacobian.svg`.

# %% [markdown]
# Check it with `dcn check 03`.

# %% [markdown]
# ## Hints
#
# Open one at a time, and try again before the next.
#
# <details><summary>numerical_jacobian, hint 1</summary>
#
# One input at a time: a copy of x with the input moved up by eps, another one with it moved down. What f gives for the two is subtracted.
#
# </details>
#
# <details><summary>numerical_jacobian, hint 2</summary>
#
# x.flat[j] is input number j, whatever the shape of x. Take fresh copies for each j, and for each of the two calls: f may write into its argument, or return a view of it.
#
# </details>
#
# <details><summary>numerical_jacobian, hint 3</summary>
#
# The change divided by 2 * eps, as a long vector, is column j: np.stack(columns, axis=1).
#
# </details>
#
# <details><summary>numerical_gradient, hint 1</summary>
#
# By the chain rule each input's gradient is a sum over all outputs: grad_output of the output times its derivative.
#
# </details>
#
# <details><summary>numerical_gradient, hint 2</summary>
#
# Multiply each row of the Jacobian by the grad_output of its output, and sum over the rows. At the end give it the shape of x.
#
# </details>
#
# <details><summary>numerical_gradient, hint 3</summary>
#
# grad_output.reshape(len(J), 1) * J does all rows at once; the product grad_output.ravel() @ J sums, too.
#
# </details>
#
# <details><summary>directional_derivative, hint 1</summary>
#
# Now all inputs move at once, along the direction: x + eps * direction and x - eps * direction.
#
# </details>
#
# <details><summary>directional_derivative, hint 2</summary>
#
# E is the sum of grad_output * f(x). Its change, divided by 2 * eps, is the one number asked for.
#
# </details>
#
# <details><summary>best_step, hint 1</summary>
#
# The bound M/6 ε² + uF/ε is least where its derivative is zero.
#
# </details>
#
# <details><summary>best_step, hint 2</summary>
#
# M/3 ε = uF/ε². Solve for ε: a cube root.
#
# </details>
#
# <details><summary>best_step, hint 3</summary>
#
# At that ε the second term of the bound is M/3 ε², twice the first one. Both together are M/2 ε².
#
# </details>
