"""The book's extensions for figures, formulas and the theme, in a small Sphinx project of two pages."""

import html
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="the book's extensions need the extra dcn-course[book]")
pytest.importorskip("myst_parser", reason="the book's extensions need the extra dcn-course[book]")

ROOT = Path(__file__).resolve().parent.parent
# As Jupyter Book does, the project sets an address of MathJax and brings thebe in twice.
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT / "book" / "_ext")!r})
extensions = ["myst_parser", "sphinx.ext.mathjax", "sphinx_exercise", "sphinx_proof"]
extensions += ["dcn_figures", "local_mathjax", "tidy_theme"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
numfig = True
mathjax_path = "https://somewhere.invalid/mathjax.js"
def setup(app):
    for _ in range(2):
        app.add_js_file("sphinx-thebe.js", loading_method="async")
        app.add_js_file(None, body='const THEBE_JS_URL = "https://somewhere.invalid/thebe.js"')
"""
INDEX = """# First

```{toctree}
second
```

:::{dcn-figure} bilinear
:name: fig-drag
:state: "{y: -0.75, x: 1.5, border: project, image: [[1, 2], [3, 4]]}"

Drag $p$ over the **image**.
:::

See {numref}`fig-drag`.
"""
SECOND = "# Second\n\nOnly a formula: $p^y$.\n"


def build(folder, index=INDEX, builder="html"):
    (folder / "conf.py").write_text(CONF, "utf-8")
    (folder / "index.md").write_text(index, "utf-8")
    (folder / "second.md").write_text(SECOND, "utf-8")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "-n",
        "-b",
        builder,
        str(folder),
        str(folder / "out"),
    ]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    run = build(folder)
    assert run.returncode == 0, run.stderr
    return folder / "out"


def scripts(page):
    return [re.sub(r"\?.*", "", src) for src in re.findall(r'<script[^>]* src="([^"]*)"', page)]


def test_the_directive_places_a_figure_with_its_state_caption_and_number(out):
    page = (out / "index.html").read_text("utf-8")
    (state,) = re.findall(r'class="dcn-figure" data-figure="bilinear" data-state="([^"]*)"', page)
    expected = {"y": -0.75, "x": 1.5, "border": "project", "image": [[1.0, 2.0], [3.0, 4.0]]}
    assert json.loads(html.unescape(state)) == expected
    assert re.search(r'<figure [^>]*id="fig-drag"', page)
    assert "<strong>image</strong>" in re.search(r"<figcaption>.*?</figcaption>", page, re.S).group()
    assert re.search(r'href="#fig-drag"><span class="std std-numref">Fig\. 1</span>', page)


def test_only_a_page_with_a_figure_loads_the_script(out):
    assert "_static/dcn-figures.js" in scripts((out / "index.html").read_text("utf-8"))
    assert "_static/dcn-figures.js" not in scripts((out / "second.html").read_text("utf-8"))
    assert "bilinear" in (out / "_static" / "dcn-figures.js").read_text("utf-8")
    # Deferred: it looks for figures once the page is there.
    assert re.search(
        r'<script defer="defer" src="_static/dcn-figures\.js', (out / "index.html").read_text("utf-8")
    )


def test_formulas_are_set_by_the_book_itself(out):
    assert "_static/mathjax/local_mathjax.js" in scripts((out / "second.html").read_text("utf-8"))
    mathjax = out / "_static" / "mathjax"
    for file in (
        "tex-mml-chtml.js",
        "output/chtml/fonts/woff-v2/MathJax_Main-Regular.woff",
        "sre/mathmaps/en.json",
    ):
        assert (mathjax / file).stat().st_size > 10_000
    assert not (mathjax / "tex-svg.js").exists()  # only what a page can ask for


def test_a_formula_and_the_mark_behind_it_stay_on_one_line(out):
    second = (out / "second.html").read_text("utf-8")
    assert re.search(r'<span class="unbroken"><span class="math[^>]*>[^<]*</span>\.</span></p>', second)
    assert "unbroken" not in (out / "index.html").read_text("utf-8")  # there a space follows


@pytest.mark.parametrize("page", ["index.html", "second.html"])
def test_no_page_asks_for_thebe_or_for_another_machine(out, page):
    text = (out / page).read_text("utf-8")
    assert "thebe" not in text.lower()
    assert not [src for src in scripts(text) if "//" in src]


def test_a_book_in_one_page_keeps_its_figures_and_exercises(tmp_path):
    index = INDEX + "\n:::{exercise} Halfway\n:label: ex-half\nHow much is it?\n:::\n"
    index += "\n:::{prf:theorem} Partition\n:label: unity\nThe areas sum to one.\n:::\n"
    run = build(tmp_path, index, "singlehtml")
    assert run.returncode == 0, run.stderr
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert 'class="dcn-figure"' in page
    assert "Halfway" in page
    assert "_static/dcn-figures.js" in scripts(page)


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        (
            "{dcn-figure} trilinear",
            "unknown figure 'trilinear'; there are: bilinear, border",
        ),
        ("{dcn-figure} bilinear\n:state: '{z: 1}'", "has no z; it has: border, image, x, y"),
        ("{dcn-figure} bilinear\n:state: '{y: 40}'", "y must lie in"),
        ("{dcn-figure} bilinear\n:state: '{x: left}'", "x must be a number, got 'left'"),
        ("{dcn-figure} bilinear\n:state: '1'", "must be a mapping"),
        ("{dcn-figure} bilinear\n:state: '{y: ['", "state of bilinear:"),
    ],
)
def test_a_wrong_figure_stops_the_build_and_says_why(tmp_path, directive, message):
    run = build(tmp_path, f"# First\n\n```{{toctree}}\nsecond\n```\n\n```{directive}\n```\n")
    assert run.returncode != 0
    assert message in run.stderr
