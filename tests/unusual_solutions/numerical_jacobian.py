"""Exercise 03: in a few words, code that comes last."""

UNUSUAL = [
    (
        "rows of an identity",
        """
def numerical_jacobian(f, x, eps):
    E = eps * np.eye(x.size).reshape(x.size, *x.shape)
    return np.transpose([np.ravel((np.array(f(x + e)) - f(x - e)) / (2 * eps)) for e in E])
""",
    ),
    (
        "the two halves apart, filled by rows",
        """
def numerical_jacobian(f, x, eps):
    J = np.zeros((np.asarray(f(np.array(x))).size, x.size), np.longdouble)
    for sign in (-1, 1):
        for j, place in enumerate(np.ndindex(x.shape)):
            moved = np.array(x)
            moved[place] = x[place] + sign * eps
            J[:, j] += sign * 0.5 / eps * np.ravel(f(moved))
    return J
""",
    ),
    (
        "one input after the other, put back exactly, with copies of the results",
        """
def numerical_jacobian(f, x, eps):
    columns = []
    for j in range(x.size):
        results = []
        for step in (eps, -eps):
            moved = x.flatten()
            moved[j] += step
            results.append(np.array(f(moved.reshape(x.shape))).flatten())
        columns.append((results[0] - results[1]) / eps / 2)
    return np.array(columns).T
""",
    ),
    (
        "an einsum, and a list in place of an array",
        """
def numerical_gradient(f, x, grad_output, eps):
    J = np.reshape(numerical_jacobian(f, x, eps), (*np.shape(grad_output), *x.shape))
    return np.tensordot(grad_output, J, axes=np.ndim(grad_output)).tolist()
""",
    ),
    (
        "E as a function of one number",
        """
def directional_derivative(f, x, grad_output, direction, eps):
    E = lambda t: np.vdot(grad_output, f(x + t * direction))
    return numerical_jacobian(lambda t: E(t[0]), np.zeros(1), eps).item()
""",
    ),
    (
        "logarithms",
        """
def best_step(F, M, u):
    step = np.exp((np.log(3 * u) + np.log(F) - np.log(M)) / 3)
    return step, M / 6 * step**2 + u * F / step
""",
    ),
]
