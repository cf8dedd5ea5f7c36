"""The readings of the chapter "Checking gradients by numbers"."""

from collections.abc import Iterator
from itertools import product

import sympy as sp
from proofs import Array, Box, Case, Vector, of

X, EPSILON = sp.symbols("x ε", positive=True)


def _polynomial(degree: int) -> dict:
    """Any polynomial of this degree, and its derivatives, as functions."""
    f = sum(c * X**i for i, c in enumerate(sp.symbols(f"c:{degree + 1}")))
    orders = {"f": 0, "f'": 1, "f''": 2, "f'''": 3, "f^{(5)}": 5}
    functions = {name: (lambda at, n=n: sp.diff(f, X, n).subs(X, at)) for name, n in orders.items()}
    return {**functions, "x": X, r"\varepsilon": EPSILON}


def taylor() -> Iterator[Case]:
    """Any polynomial of degree 6."""
    yield Case("any polynomial of degree 6", _polynomial(6))


def one_sided() -> Iterator[Case]:
    """Any polynomial of degree 3."""
    yield Case("any polynomial of degree 3", _polynomial(3))


def parabola() -> Iterator[Case]:
    """Any polynomial of degree 2."""
    yield Case("any polynomial of degree 2", _polynomial(2))


def rounding() -> Iterator[Case]:
    """Any values and any relative errors."""
    names = {r"f_+": "f_+", r"f_-": "f_-", r"\rho_+": "rho_+", r"\rho_-": "rho_-"}
    symbols = {name: sp.Symbol(text) for name, text in names.items()}
    yield Case("any values", {**symbols, r"\varepsilon": EPSILON})


def _bound() -> dict:
    """The sum of both errors, as the page defines it, and the step at which its derivative vanishes."""
    u, F, M = sp.symbols("u F M", positive=True)
    bound = M * EPSILON**2 / 6 + u * F / EPSILON
    root = sp.Symbol("root", positive=True)
    cubed = sp.solve((sp.diff(bound, EPSILON) * EPSILON**2).expand().subs(EPSILON**3, root), root)
    best = sp.cbrt(cubed[0])
    names = {"B": lambda at: bound.subs(EPSILON, at), "u": u, "F": F, "M": M}
    return {**names, r"\varepsilon": EPSILON, r"\varepsilon_*": best}


def bound_derivative() -> Iterator[Case]:
    """Any sizes; the best step is where SymPy's derivative of the bound is zero."""
    yield Case("any sizes", _bound())


def bound_at_best() -> Iterator[Case]:
    """Any sizes; the best step is where SymPy's derivative of the bound is zero."""
    yield Case("any sizes", _bound())


def kink() -> Iterator[Case]:
    """Places left of the kink, within a step of it on both sides, and right of it, for three steps."""
    t, left, right = sp.symbols("t s_- s_+")
    for eps in (sp.Rational(1, 1000), sp.Rational(1, 3), sp.Integer(2)):
        for low, high in ((-3, -1), (-1, 0), (0, 1), (1, 3)):
            box = Box({t: (low * eps, high * eps)})

            def f(at, box=box):
                return right * at if box.holds(0, "<=", at) else left * at

            names = {"f": f, "t": t, "s_-": left, "s_+": right, r"\varepsilon": eps}
            yield Case(f"ε = {eps}, t from {low} ε to {high} ε", names, box=box)


def _map() -> tuple[Vector, list]:
    """Three inputs, and two outputs that are any polynomials of degree 2 in them."""
    x = Vector(*sp.symbols("x_0:3"))
    outputs = []
    for i in range(2):
        c = iter(sp.symbols(f"c{i}_0:10"))
        outputs.append(sum(next(c) * a * b for a, b in product((1, *x), repeat=2) if str(a) <= str(b)))
    return x, outputs


def cotangent() -> Iterator[Case]:
    """Each input of any quadratic map."""
    x, f = _map()
    delta = sp.symbols("δ_0:2")
    names = {
        "E": sum(d * y for d, y in zip(delta, f, strict=True)),
        r"\delta_i": of("i", lambda i: delta[int(i)]),
        "f_i": of("i", lambda i: f[int(i)]),
    }
    for j in range(3):
        yield Case(f"j = {j}", {**names, "x_j": x[j]}, {"i": range(2)})


def seen() -> Iterator[Case]:
    """Each input, with any right and any wrong matrix."""
    J, wrong, delta = Array("J", 2, 3), Array("W", 2, 3), sp.symbols("δ_0:2")
    for j in range(3):
        names = {
            r"\delta_i": of("i", lambda i: delta[int(i)]),
            "J_{ij}": of("i", lambda i, j=j: J(i, j)),
            r"\tilde J_{ij}": of("i", lambda i, j=j: wrong(i, j)),
            "D_{ij}": of("i", lambda i, j=j: wrong(i, j) - J(i, j)),
        }
        yield Case(f"j = {j}", names, {"i": range(2)})


def direction() -> Iterator[Case]:
    """Any quadratic E of three inputs, any direction."""
    x, (f, _) = _map()
    v = Vector(*sp.symbols("v_0:3"))
    names = {
        "E": lambda at: f.subs(dict(zip(x, at, strict=True)), simultaneous=True),
        **{"x": x, "v": v, "t": sp.Symbol("t")},
        **{"x_j": of("j", lambda j: x[int(j)]), "v_j": of("j", lambda j: v[int(j)])},
    }
    yield Case("any quadratic function", names, {"j": range(3)})
