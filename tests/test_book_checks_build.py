"""Steps, equations and their links in the build of a tiny book: what stands on its pages, what stops it."""

import subprocess
import sys
from pathlib import Path

import pytest

for package in ("sphinx", "myst_parser", "sympy"):
    pytest.importorskip(package, reason="the book's extensions need the extra dcn-course[book]")

EXT = Path(__file__).resolve().parent.parent / "book" / "_ext"
CONF = f"""
import sys
sys.path.insert(0, {str(EXT)!r})
extensions = ["myst_parser", "sphinx.ext.mathjax"]
extensions += ["steps", "check_pages", "formula_lines", "equation_map", "source_pages"]
myst_enable_extensions = ["dollarmath"]
exclude_patterns = ["_build"]
"""
INDEX = r"""# Squares

```{math}
:label: definition
f(x) = x^2
```

```{math}
:label: remark
:class: explains
f = \text{a parabola}
```

## The derivation

```{step}
:check: square
:label: binomial
(x + 1)^2 = x^2 + 2 x + 1
```

### In steps

```{step}
:check: square
2 x = x + x
```

```{step}
:unchecked: no formula says this
x \to \infty
```

See {eq}`binomial`.

## The map

```{equation-map}
```

```{proven-steps}
```
"""
READINGS = """
import sympy

from _symbols import x


def square():
    yield from _cases(x)


def _cases(x):
    from proofs import Case

    yield Case("any x", {"x": x})
    yield Case("x = 3", {"x": 3})
"""
CODE = """def f(x):
    # eq: definition, binomial
    return x * x
"""
TESTS = """import pytest


@pytest.mark.equation("definition")
@pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.equation("binomial"))])
def test_a_square_is_a_square(x):
    assert x * x == x**2
"""


@pytest.fixture
def book(tmp_path):
    files = {
        "book/conf.py": CONF,
        "book/index.md": INDEX,
        "book/checks/index.py": READINGS,
        "book/checks/_symbols.py": "import sympy\n\nx = sympy.Symbol('x')\n",
        "dcn_course/squares.py": CODE,
        "tests/test_squares.py": TESTS,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def build(root):
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "--keep-going", "book", "out"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)


def change(root, name, old, new):
    text = (root / name).read_text("utf-8")
    assert text.count(old) == 1
    (root / name).write_text(text.replace(old, new), "utf-8")


def test_each_equation_leads_to_its_proof_its_code_and_its_tests_and_back(book):
    soup = pytest.importorskip("bs4").BeautifulSoup
    done = build(book)
    assert (done.returncode, done.stderr) == (0, "")
    pages = {
        path.relative_to(book / "out").as_posix(): soup(path.read_text("utf-8"), "html.parser")
        for path in (book / "out").rglob("*.html")
    }
    index = pages["index.html"]
    lines = [line.get_text(" ", strip=True) for line in index.select(".formula-line")]
    assert lines == [
        "1 place in the code, 1 test Code squares , f Tests a square is a square",
        "explains; no code of its own",
        "checked 1 place in the code, 1 test Code squares , f Tests a square is a square",
        "checked",
        "unchecked",
    ]
    assert index.find("span", string="unchecked")["title"] == "no formula says this"
    assert index.find("a", string="checked")["title"] == "Proven in 2 cases when this page was built"
    rows = [row.get_text(" ", strip=True) for row in index.select(".equation-map tbody tr")]
    assert [row.split(" in ")[0] for row in rows] == ["(1) definition", "(2) remark", "(3) binomial"]
    assert [("checked" in row, "explains only" in row) for row in rows] == [
        (False, False),
        (False, True),
        (True, False),
    ]
    assert "2 steps proven, in 4 cases; one not: no formula says this" in index.get_text()
    assert "def square():" in pages["checks/index.html"].get_text()
    assert "x = sympy.Symbol" in pages["checks/index.html"].get_text()

    source = pages["source/dcn_course/squares.py.html"]
    assert source.select_one("#L-3").get_text().strip().endswith("return x * x")
    assert [a["href"] for a in source.select(".source a")] == [
        "../../index.html#equation-definition",
        "../../index.html#equation-binomial",
    ]
    assert [a.get_text() for a in pages["source/tests/test_squares.py.html"].select(".source a")] == [
        "definition",
        "binomial",
    ]
    for name, page in pages.items():
        for link in page.select(".formula-line a, .equation-map a, .source a"):
            address, _, place = link["href"].partition("#")
            target = (
                (book / "out" / name).parent.joinpath(address).resolve() if address else book / "out" / name
            )
            target = pages[target.relative_to((book / "out").resolve()).as_posix()]
            assert place == "" or target.find(id=place), link


PLANTED = {
    "a wrong sign": ("book/index.md", "+ 2 x + 1", "- 2 x + 1", "does not equal what stands left of it"),
    "a wrong sign in a step without a number": ("book/index.md", "x + x\n", "x - x\n", "does not equal"),
    "a formula that is no step": (
        "book/index.md",
        "See {eq}",
        "$$\nx = 1\n$$\n\nSee {eq}",
        "must be a {step}",
    ),
    "a step without a check": ("book/index.md", ":unchecked: no formula says this\n", "", "either :check:"),
    "a reading that is not there": ("book/checks/index.py", "def square", "def cube", "no reading 'square'"),
    "a reading that raises": (
        "book/checks/index.py",
        '"x": 3',
        '"x": 1 // 0',
        "reading square failed: ZeroDivision",
    ),
    "a reading that proves nothing": (
        "book/checks/index.py",
        "def _cases",
        "def more():\n    yield\n\n\ndef _cases",
        "reading more of index.py proves no step",
    ),
    "readings for no page": ("book/checks/_symbols.py", "", "", "reading square of other.py proves no step"),
    "an equation without code": (
        "dcn_course/squares.py",
        "definition, ",
        "",
        "no code names equation definition",
    ),
    "an equation without a test": (
        "tests/test_squares.py",
        '@pytest.mark.equation("definition")\n',
        "",
        "no test is marked with equation definition",
    ),
    "code for an equation that only explains": (
        "dcn_course/squares.py",
        "definition, ",
        "definition, remark, ",
        "equation remark is marked as explaining",
    ),
    "a label in the code that no page has": (
        "dcn_course/squares.py",
        "definition, ",
        "definition, typo, ",
        "code name an equation that no page has: typo",
    ),
    "a label in the tests that no page has": (
        "tests/test_squares.py",
        "(2, marks",
        '(3, marks=pytest.mark.equation("typo")), pytest.param(2, marks',
        "tests name an equation that no page has: typo",
    ),
    "a label that no directive gives": (
        "book/index.md",
        "See {eq}",
        "$$\nx = 1\n$$ (dollars)\n\nSee {eq}",
        "equation dollars is not the label of a {math} or {step} directive",
    ),
}


@pytest.mark.parametrize("mistake", PLANTED)
def test_the_build_fails_for(mistake, book):
    name, old, new, message = PLANTED[mistake]
    if old:
        change(book, name, old, new)
    else:
        (book / "book/checks/other.py").write_text(READINGS, "utf-8")
    done = build(book)
    assert done.returncode != 0
    assert message in done.stderr


def test_a_changed_reading_is_proven_anew_though_the_page_is_the_same(book):
    assert build(book).returncode == 0
    change(book, "book/checks/_symbols.py", "Symbol('x')", "Symbol('x') / 0")
    done = build(book)
    assert done.returncode != 0
