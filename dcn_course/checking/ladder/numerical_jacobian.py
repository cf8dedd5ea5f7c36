"""Exercise 03: the Jacobian, the gradient, the derivative along a direction, the best step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dcn_course import reference

from .. import inputs
from ..formula import Formula
from .model import Arguments, Family, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

# Large: the difference is then far from the derivative and from any other formula's result.
_STEPS = (0.125, 0.5)
_ROUNDING = (2.0**-53, 2.0**-24, 2.0**-11)  # of float64, float32 and float16


def _given(function: str, f: Formula, x: Numbers, rng: np.random.Generator, eps: float) -> Arguments:
    if function == "best_step":
        F, M = rng.uniform(0.25, 4, 2)
        return {"F": float(F), "M": float(M), "u": _ROUNDING[int(rng.integers(3))]}
    if function == "numerical_jacobian":
        return {"f": f, "x": x, "eps": eps}
    grad_output = inputs.image(rng, *np.shape(f(x.copy())))
    if function == "numerical_gradient":
        return {"f": f, "x": x, "grad_output": grad_output, "eps": eps}
    direction = inputs.image(rng, *x.shape)
    return {"f": f, "x": x, "grad_output": grad_output, "direction": direction, "eps": eps}


def _of(*shape: int, formulas: tuple[str, ...]) -> Callable[[str, np.random.Generator], Arguments]:
    def make(function: str, rng: np.random.Generator) -> Arguments:
        f = Formula(formulas[int(rng.integers(len(formulas)))])
        x = inputs.image(rng, *shape)
        return _given(function, f, x, rng, float(rng.uniform(*_STEPS)))

    return make


def _kink(function: str, rng: np.random.Generator) -> Arguments:
    """Points within a step of a kink, where the slopes of both sides are mixed."""
    eps = float(rng.uniform(*_STEPS))
    f = Formula(("lambda x: np.abs(x)", "lambda x: np.maximum(x, 0)")[int(rng.integers(2))])
    return _given(function, f, eps * rng.uniform(-0.8, 0.8, 4), rng, eps)


FAMILIES = (
    Family("cubes", "a function that is not linear", _of(3, formulas=("lambda x: x**3",))),
    Family(
        "linear",
        "a linear function with more outputs than inputs",
        _of(3, formulas=("lambda x: np.convolve(x, [1, 2, 4])", "lambda x: np.convolve(x, [3, -1])")),
    ),
    Family(
        "mixed",
        "a function with fewer outputs than inputs, each of several of them",
        _of(4, formulas=("lambda x: x[:3] * x[1:] ** 2", "lambda x: np.exp(x[:2]) * np.sin(x[2:])")),
    ),
    Family(
        "arrays",
        "arrays of several axes",
        _of(2, 3, formulas=("lambda x: x[:, :2] ** 3 + x[:, 1:]", "lambda x: x.T @ x**2")),
    ),
    Family(
        "number",
        "a function that returns a number",
        _of(3, formulas=("lambda x: float((x**3).sum())", "lambda x: x[0] * x[1] * x[2]")),
    ),
    Family(
        "views",
        "a function that returns a view of its argument",
        _of(2, 3, formulas=("lambda x: x", "lambda x: x.T", "lambda x: x[::-1]")),
    ),
    Family(
        "writes",
        "a function that writes into its argument",
        _of(3, formulas=("lambda x: np.multiply(x, x, out=x)", "lambda x: np.power(x, 3, out=x)")),
    ),
    Family("kink", "a function with a kink within the step", _kink),
)


def _jacobian(f: Formula, x: Numbers, eps: float) -> tuple[Numbers]:
    return (reference.numerical_jacobian(f, x, eps),)


def _gradient(f: Formula, x: Numbers, grad_output: Numbers, eps: float) -> tuple[Numbers]:
    return (reference.numerical_gradient(f, x, np.asarray(grad_output), eps),)


def _along(f: Formula, x: Numbers, grad_output: Numbers, direction: Numbers, eps: float) -> tuple[Numbers]:
    def error(t: Numbers) -> Any:
        return np.sum(grad_output * f(x + t[0] * direction))

    return (reference.numerical_jacobian(error, np.zeros(1), eps)[0, 0],)


def _best(F: float, M: float, u: float) -> tuple[Numbers, Numbers]:
    step = np.cbrt(3 * u * F / M)
    return step, M / 6 * step**2 + u * F / step


def _of_f(arguments: Arguments, axes: int) -> list[Feature]:
    """What the function itself is like; masks of one entry."""
    f, x = arguments["f"], arguments["x"]
    here = np.ones((1,) * axes, bool)
    given = x.copy()
    result = f(given)
    writes = not np.array_equal(given, x)
    views = isinstance(result, np.ndarray) and np.shares_memory(result, given) and not writes
    return [
        Feature("belong to a function that writes into its argument", here & writes, "give it a copy"),
        Feature(
            "belong to a function that returns a view of its argument",
            here & views,
            "its first result changes when you change what you gave it",
        ),
        Feature(
            "belong to an x of several axes",
            here & (x.ndim > 1),
            "inputs and outputs are counted in C order, row by row",
        ),
    ]


def _jacobian_shape(arguments: Arguments) -> tuple[int, int]:
    return int(np.size(arguments["f"](arguments["x"].copy()))), arguments["x"].size


def _jacobian_features(arguments: Arguments) -> list[Feature]:
    i, j = grid(_jacobian_shape(arguments))
    return [
        *_of_f(arguments, 2),
        Feature("belong to another input than the first", j > 0, "is what was moved before put back?"),
        Feature("belong to another output than the first", i > 0),
        Feature("lie off the diagonal", i != j, "row i is output i, column j is input j"),
    ]


def _jacobian_planes(arguments: Arguments) -> list[Plane]:
    shape = _jacobian_shape(arguments)
    i, j = grid(shape)
    return [Plane("the Jacobian: outputs down, inputs to the right", i, j, shape)]


def _jacobian_terms(arguments: Arguments) -> dict[str, Numbers]:
    f, x, eps = arguments["f"], arguments["x"], arguments["eps"]
    up, down = np.zeros((2, *_jacobian_shape(arguments)))
    for j in range(x.size):
        e = np.zeros(x.shape)
        e.flat[j] = eps
        up[:, j], down[:, j] = np.ravel(f(x + e)), np.ravel(f(x - e))
    return {"f(x + εe)/(2ε)": up / (2 * eps), "−f(x − εe)/(2ε)": -down / (2 * eps)}


def _gradient_features(arguments: Arguments) -> list[Feature]:
    j = np.arange(arguments["x"].size)
    several = np.full(1, np.size(arguments["grad_output"]) > 1)
    return [
        *_of_f(arguments, 1),
        Feature("belong to another input than the first", j > 0),
        Feature("come from several outputs", several, "sum over the outputs"),
    ]


def _gradient_planes(arguments: Arguments) -> list[Plane]:
    n = arguments["x"].size
    return [Plane("the inputs", np.zeros(1, int), np.arange(n), (1, n))]


def _gradient_terms(arguments: Arguments) -> dict[str, Numbers]:
    δ = np.ravel(arguments["grad_output"])
    return {f"Σ δ·{name}": δ @ term for name, term in _jacobian_terms(arguments).items()}


def _along_terms(arguments: Arguments) -> dict[str, Numbers]:
    a = arguments
    step = a["eps"] * a["direction"]
    up, down = ((a["grad_output"] * a["f"](a["x"] + s)).sum() / (2 * a["eps"]) for s in (step, -step))
    return {"Σ δ·f(x + εv)/(2ε)": np.asarray(up), "−Σ δ·f(x − εv)/(2ε)": np.asarray(-down)}


def _small(function: str) -> Iterator[Arguments]:
    if function == "best_step":
        for F, M in ((1.0, 1.0), (8.0, 1.0), (1.0, 8.0), (3.0, 2.0)):
            yield {"F": F, "M": M, "u": 0.125}
        return
    alone = ("lambda x: x**3", "lambda x: x", "lambda x: x.sum()", "lambda x: np.multiply(x, x, out=x)")
    several = (
        *alone,
        "lambda x: x[::-1]",
        "lambda x: x[:1] * x[1:]",
        "lambda x: np.convolve(x, [1, 2])",
        "lambda x: np.abs(x)",
    )
    for values, sources in (([1.25], alone), ([1.25, 2.75], several), ([2.25, -0.75, 3.25], several)):
        for source in sources:
            yield _counted(function, Formula(source), np.array(values))
    for source in ("lambda x: x", "lambda x: x.T", "lambda x: x**2", "lambda x: x[:1]"):
        for shape in ((1, 2), (2, 2), (2, 3)):
            yield _counted(function, Formula(source), np.arange(1.25, 1.25 + np.prod(shape)).reshape(shape))
    yield _counted(function, Formula("lambda x: x**3"), np.array([0.1]))  # no power of two, so it is rounded


def _counted(function: str, f: Formula, x: Numbers) -> Arguments:
    made = _given(function, f, x, np.random.default_rng(0), 0.25)
    for name in ("grad_output", "direction"):
        if name in made:
            made[name] = np.arange(2.0, 2 + np.size(made[name])).reshape(np.shape(made[name]))
    return made


def _rung(function: str, reference_: Callable[..., tuple[Any, ...]], *quantities: Quantity) -> Rung:
    return Rung(function, reference_, quantities, lambda: _small(function))


LADDER = Ladder(
    rungs=(
        _rung(
            "numerical_jacobian",
            _jacobian,
            Quantity(
                "Jacobian", ("output", "input"), _jacobian_features, _jacobian_planes, terms=_jacobian_terms
            ),
        ),
        _rung(
            "numerical_gradient",
            _gradient,
            Quantity(
                "gradient",
                ("input",),
                _gradient_features,
                _gradient_planes,
                view=lambda arguments, shape: (arguments["x"].size,),
                terms=_gradient_terms,
            ),
        ),
        _rung(
            "directional_derivative",
            _along,
            Quantity("derivative", (), lambda a: _of_f(a, 0), lambda a: [], terms=_along_terms),
        ),
        _rung(
            "best_step",
            _best,
            Quantity("step", (), lambda a: [], lambda a: []),
            Quantity("bound", (), lambda a: [], lambda a: []),
        ),
    ),
    families=FAMILIES,
)
