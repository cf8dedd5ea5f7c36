"""Each chapter and lab has a notebook with its text and its code."""

import sys
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parents[1] / "book"
pytest.importorskip("jupytext", reason="the book's notebooks are read by the extra dcn-course[book]")
pytest.importorskip("sphinx", reason="the book is built by the extra dcn-course[book]")
nbformat = pytest.importorskip("nbformat")

sys.path.insert(0, str(BOOK / "_ext"))

from notebook_twins import INSTALL, code_of, twin  # noqa: E402
from page_markdown import cells  # noqa: E402

SOURCES = sorted([*BOOK.glob("chapters/*.md"), *BOOK.glob("labs/*.ipynb")])


def page(body: str) -> str:
    return f'<article class="bd-article">{body}</article>'


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_notebook_has_the_code_of_its_page_in_order_and_no_outputs(html, source):
    notebook = nbformat.read(html / "notebooks" / source.parent.name / f"{source.stem}.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in code][-len(code_of(source)) :] == code_of(source)
    assert [cell.outputs for cell in code] == [[]] * len(code)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert text.startswith("# ")
    assert not any(
        mark in text
        for mark in ("{eq}", "{cite", "{numref}", "{ref}", "<div", "\0", r"\begin{split}\begin{aligned}")
    )


def test_formulas_keep_their_numbers_and_code_its_place():
    body = (
        '<h1><span>4. </span>Title<a class="headerlink">#</a></h1><p>A <em>map</em> of '
        '<span class="math">\\(X*Y\\)</span>, 2*3.</p>'
        '<div class="cell"><div class="cell_input">x</div><div class="cell_output"><pre>1</pre></div></div>'
        '<div class="math"><span class="eqno">(4.1)<a class="headerlink">#</a></span>\\[a = b\\]</div>'
    )
    made = cells(page(body.replace("<pre>1</pre>", '<div class="output">1</div>')), ["x = 1"])
    assert made == [
        ("markdown", "# 4. Title\n\nA *map* of $X*Y$, 2\\*3."),
        ("code", "x = 1"),
        ("markdown", "$$\na = b\n\\tag{4.1}\n$$"),
    ]


def test_what_is_folded_and_what_stands_in_the_margin_stays_so():
    body = (
        '<div class="solution admonition"><p class="admonition-title">Solution to <a>1</a></p>'
        "<p>Yes.</p></div>"
        '<aside class="margin"><p>By the way.</p></aside><dl><dt>Word</dt><dd><p>Its meaning.</p></dd></dl>'
    )
    ((_, text),) = cells(page(body), [])
    assert text == (
        "<details>\n<summary>Solution to 1</summary>\n\nYes.\n\n</details>\n\n"
        "> By the way.\n\n**Word**\n\nIts meaning."
    )


def test_links_start_from_the_pages_address_or_are_left_out():
    body = page('<p>See <a href="../x.html#y">x</a> and <a href="https://example.org/">z</a>.</p>')
    assert cells(body, [])[0][1] == "See x and [z](https://example.org/)."
    assert "[x](https://b.org/x.html#y)" in cells(body, [], "https://b.org/chapters/p.html")[0][1]


def test_a_page_with_other_cells_than_its_source_is_an_error():
    with pytest.raises(ValueError, match="shows 0 cells, its source has 1"):
        cells(page("<p>Text</p>"), ["x = 1"])


def test_the_first_cell_installs_only_where_the_repository_is_known(html):
    source = BOOK / "chapters" / "bilinear.md"
    built = (html / "chapters" / "bilinear.html").read_text("utf-8")
    without = twin(built, source)
    known = twin(built, source, "https://github.com/someone/a-course", "https://x.org/chapters/bilinear.html")
    first = next(cell for cell in known.cells if cell.cell_type == "code")
    assert "git clone --quiet --depth 1 https://github.com/someone/a-course course" in first.source
    assert len(known.cells) == len(without.cells) + 1
    assert not any("git clone" in cell.source for cell in without.cells)


@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize("beside", [True, False])
def test_the_first_cell_fetches_only_what_is_missing(tmp_path, monkeypatch, installed, beside):
    called = []

    class Shell:
        def system(self, command):
            called.append(command.split()[0])
            (tmp_path / "here" / "course" / "book" / "chapters").mkdir(parents=True)

        def run_line_magic(self, name, line):
            called.append(name)

    (tmp_path / "here").mkdir()
    if beside:
        (tmp_path / "figures").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object() if installed else None)
    exec(INSTALL.format(repository="https://x.org/code", folder="chapters"), {"get_ipython": Shell})
    assert called == ([] if beside else ["git", *(["pip"] if not installed else [])])
    assert Path.cwd() == (tmp_path / "here" if beside else tmp_path / "here" / "course" / "book" / "chapters")
