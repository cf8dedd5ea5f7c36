"""The prover of the book's formulas: what it reads, what it decides, and what it refuses."""

import sys
from pathlib import Path

import pytest

sp = pytest.importorskip("sympy")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "book" / "_ext"))

from proofs import Array, Box, Case, ProofError, Vector, of, prove  # noqa: E402

x, y, t, u = sp.symbols("x y t u", real=True)
X = Array("X", 2, 3, outside=0)


def case(ranges=None, box=None, **names):
    known = {
        "a": 2,
        "x": x,
        "w_0": 1 - x,
        "w_2": x,
        "X": X,
        "p": Vector(y, x),
        r"H_\text{out}": 4,
        r"\hat p": Vector(y, 0),
    }
    return Case("the only", {**known, **names}, ranges or {}, Box(box or {}))


@pytest.mark.parametrize(
    "latex",
    [
        "w_0 + w_2 = 1",
        r"w_0 \cdot w_2 = x - x^{2} = x(1 - x) .",
        r"\begin{aligned} w_0 &= 1 - x, & w_2 &= x \\ w_0 w_2 &= x \\ & - x^2 \end{aligned}",
        r"\begin{aligned} w_0 ={}& 1 \\ &{}- x \end{aligned}",
        r"\frac{1}{2} + \tfrac{x}{a} = \frac{1 + x}{2}, \qquad 1/a = 0.5",
        r"p^y = \hat p^y, \quad \hat p^x = 0",
        r"\bigl( 1 + x \bigr)^2 = 1 + 2x + x^2",
        r"\left[ 1 + \frac{x}{2} \right] \times 2 = 2 + x",
        r"X(0, 1{+}1) + X(p_0) = X(0, a) + X(1, 1)",
        r"x = x \quad\text{for every } \text{$x$}",
        r"\sqrt{a^2} = a \ge 2 > 1 \ne 0",
        r"x^{-1} x = 1 \qquad \square",
        r"2 x (1 + x)^2 = 2 x + 4 x^2 + 2 x^3",
        r"H_\text{out} = H_{\text{out}} = 4",
    ],
)
def test_a_true_statement_is_proven(latex):
    assert prove(latex, [case(p_0=Vector(1, 1))]) == 1


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        ("w_0 + w_2 = 2", "does not equal"),
        ("1 = w_0 + w_2 = x", "does not equal"),
        ("w_0 = 1 - x, w_2 = -x", "does not equal"),
        ("a > 2", "does not hold"),
        ("w_1 = x", "gives w no meaning"),
        (r"\alpha = x", r"gives \\alpha no meaning"),
        ("x", "expected a relation"),
        ("x =", "expected a formula, found the end"),
        ("(x = x", "expected "),
        ("x = x)", r"cannot read \) here"),
        ("x' = x", "knows no name that goes on with '"),
        (r"x = 1 + \dots + x", r"gives \\dots no meaning"),
        ("X = X", "a function stands here without its argument"),
        ("a(1, 2) = a", "not a function of 2 arguments"),
        ("X(x, 0) = X(0, 0)", "integer indices"),
        ("X(1) = X(0, 0)", "2 indices, got 1"),
        ("p = x", "not of the kind"),
        ("p + 1 = p", "cannot add 1 to the pair"),
        ("x^y = x", "takes an entry of a pair"),
        (r"\sum_k 1 = 1", "no range to sum k over"),
        (r"\frac{\partial x}{\partial w_0} = 1", "which is no symbol"),
        (r"\frac{\partial^2 x}{\partial x} = 0", "2 derivatives above, 1 below"),
        ("x^12 = x", "only the first digit"),
        (r"x \left. = x \right|", "hides where the formula ends"),
        (r"\begin{tabular} x = x \end{tabular}", "environment tabular"),
        ("x = ä", "cannot read 'ä'"),
        ("1 = x/0", "division by zero"),
        (r"\text{nothing}", "no statement"),
    ],
)
def test_what_is_false_or_not_understood_is_refused(latex, message):
    with pytest.raises(ProofError, match=message):
        prove(latex, [case()])


def test_an_error_shows_its_place_and_its_case():
    latex = "w_0 = 1 - x, \\\\\nw_2 = x + \\beta"
    with pytest.raises(ProofError, match="case: the only") as caught:
        prove(latex, [case()])
    *_, line, caret = caught.value.shown_in(latex).split("\n")
    assert line[caret.index("^") :] == r"\beta"


def test_a_step_must_hold_in_every_case_and_there_must_be_one():
    with pytest.raises(ProofError, match="case: second"):
        prove("n = 1", [Case("first", {"n": 1}), Case("second", {"n": 2})])
    with pytest.raises(ProofError, match="has no case"):
        prove("1 = 1", [])


def test_the_longest_name_wins():
    names = {"w": 5, "w_0": 7, "w_{0,k}": 11, r"\frac{\partial E}{\partial w}": 13}
    assert prove(r"w + w_0 + w_{0,k} + \frac{\partial E}{\partial w} = 36", [Case("", names)])


@pytest.mark.parametrize(
    "latex",
    [
        r"\sum_k k = 3",
        r"\sum_k k x + x = 4 x",  # the sum ends at the plus
        r"\sum_k (k + x) = 3 + 3 x",
        r"\sum_{k, j} k j = \sum_k \sum_j k j = 9",
        r"\sum_{(k, j) : k = j} k j = 5",
        r"\sum_{k \ne 1} k = 2, \quad \sum_{k : k > 5} k = 0",
        r"\sum_{i=1}^{n} i^2 = 14, \quad \prod_{i=1}^{n} i = 6",
        r"\sum_q X(q) = \sum_{q^y} \sum_{q^x} X(q^y, q^x)",
        r"\sum_q q^x = 6",
        r"\sum_k v_k = 20, \quad \sum_k \sum_j r_{k,j} = 18",
    ],
)
def test_sums_run_over_the_ranges_of_the_reading(latex):
    ranges = {
        **dict.fromkeys(["k", "j"], range(3)),
        "q": [Vector(i, j) for i in range(2) for j in range(3)],
        **{"q^y": range(2), "q^x": range(3)},
    }
    names = {"v_k": of("k", lambda k: (k + 2) * (k + 1)), "r_{k,j}": of("k", "j", lambda k, j: k + j), "n": 3}
    assert prove(latex, [case(ranges, **names)]) == 1


def test_a_summed_name_has_no_meaning_outside_its_sum():
    with pytest.raises(ProofError, match="gives k no meaning"):
        prove(r"\sum_k k = k + 3", [case({"k": range(3)})])


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{\partial w_0}{\partial x} = -1",
        r"\frac{\partial^2 f}{\partial x\, \partial p^y} = 3 x^2",
        r"\frac{\partial^2 f}{\partial x^2} = 6 x p^y",
        r"\frac{\partial f}{\partial p} = (x^3, 3 x^2 p^y)",
        r"\frac{\partial}{\partial x} (1 + x) \cdot 2 = 2",
        r"\frac{\partial}{\partial x} x x = 2 x",
        r"\frac{\mathrm d w_0}{\mathrm d x} = -1",
        r"\frac{\partial E}{\partial X(1, 2)} = 4, \quad \frac{\partial E}{\partial X}(0, 1) = X(0, 1)",
        r"\frac{\partial f}{\partial x}\bigg|_{x = a} = 12 p^y, \quad f \big|_{p = (1, a)} = 8",
    ],
)
def test_derivatives_are_those_of_sympy(latex):
    error = X(0, 1) ** 2 / 2 + 4 * X(1, 2)
    assert prove(latex, [case(f=x**3 * y, E=error)]) == 1


def test_matrices_multiply_and_are_transposed():
    K, D = sp.Matrix([[1, x, 2]]), sp.Matrix([[y, 3]])
    names = {"K": K, r"\delta": D, "E": (K[1] * y), r"\mathcal{K}": sp.Matrix([[x, y]])}
    latex = (
        r"K^{\mathsf T} \delta = \begin{pmatrix} p^y & 3 \\ x p^y & 3 x \\ 2 p^y & 6 \end{pmatrix}, "
        r"\frac{\partial E}{\partial \mathcal K} = \begin{pmatrix} p^y & x \end{pmatrix}"
    )
    assert prove(latex, [case(**names)]) == 1
    with pytest.raises(ProofError, match=r"the shapes are \(3, 2\) and \(1, 3\)"):
        prove(r"K^\top \delta = K", [case(**names)])


@pytest.mark.parametrize(
    "latex",
    [
        r"|t| = t, \quad |{-t} - 1| = 1 + t, \quad |t - 1| = 1 - t",
        r"\lfloor t \rfloor = 0, \quad \lfloor t - 1 \rfloor = -1, \quad \lceil u \rceil = 1",
        r"\max(0, t) = t = \min(t, 1, 2 - t), \quad \max(0, 1 - |t - 3|) = 0",
        r"0 \le t < 1 < 2 - t + u",
        r"\begin{cases} 5 & \text{if } t < 0 \text{ or } t \ge 1, \\ 6 & 0 \le t < 1 \end{cases} = 6",
        r"6 = \begin{cases} 5 & \text{for } t < 0, \\ 6 & \text{for } 0 \le t \text{ and } t < 1 \end{cases}",
        r"\begin{cases} 5 & t > 1 \\ 6 & \text{otherwise.} \end{cases} = 6",
        r"2|t| |t - 1| = 2 t - 2 t^2",
    ],
)
def test_a_box_decides_what_depends_on_where_its_symbols_lie(latex):
    box = {t: (0, 1), u: (sp.Rational(1, 2), 1)}
    assert prove(latex, [case(box=box, t=t, u=u)]) == 1


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (r"\lfloor 2 t \rfloor = 0", "not one number in this case"),
        (r"|t - u| = t - u", "changes within this case"),
        (r"t < u", "changes, or is not known"),
        (r"0 < t", "changes, or is not known"),  # 0 itself is in the box
        (r"|x| = x", "changes within this case"),  # the box says nothing of x
        (r"\begin{cases} 5 & t < 0 \end{cases} = 5", "no row"),
        (r"\begin{cases} 5 & t \ge 0 \\ 5 & t < 1 \end{cases} = 5", "2 rows"),
        (r"\begin{cases} 5 & \text{unless } t \ge 0 \end{cases} = 5", "cannot begin with 'unless'"),
    ],
)
def test_what_a_box_leaves_open_is_an_error(latex, message):
    with pytest.raises(ProofError, match=message):
        prove(latex, [case(box={t: (0, 1), u: (0, 1)}, t=t, u=u)])


def test_bounds_hold_for_intervals_without_end_and_for_products():
    far = Box({t: (-sp.oo, 0), u: (1, sp.oo)})
    assert far.holds(t, "<", u)
    assert far.max(0 * t, t) == 0
    both = Box({t: (0, 1), u: (-1, 1)})
    bounds = both.bounds(t * u - t)
    assert (bounds.low, bounds.high, bounds.high_reached) == (-2, 0, True)
    with pytest.raises(ProofError, match="changes"):
        both.abs(t * u)


def test_symbols_with_assumptions_need_no_box():
    n = sp.Symbol("n", positive=True)
    assert prove(r"|n| = n, \quad n > 0", [Case("", {"n": n})]) == 1


def test_floats_are_refused():
    with pytest.raises(ProofError, match="float"):
        prove("h = h", [Case("", {"h": 0.5})])


def test_a_remainder_of_higher_order_is_what_o_says():
    e = sp.Symbol("e", positive=True)
    names = {"e": e, "f": lambda z: z**5 + z, "O": lambda z: sp.Order(z, e)}
    assert prove("f(e) = e + O(e^5)", [Case("", names)]) == 1
    with pytest.raises(ProofError, match="does not equal"):
        prove("f(e) = 2e + O(e^5)", [Case("", names)])
