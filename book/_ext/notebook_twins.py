"""Each chapter and lab as a notebook, in the folder ``notebooks`` of the built book.

A twin has the text of the built page, so with all its numbers, and the page's code without outputs. Where the
course's repository is known, its first cell fetches and installs what the page needs.
"""

from pathlib import Path

import jupytext
import nbformat
from nbformat import v4
from page_markdown import cells
from sphinx.errors import ExtensionError

FOLDERS = ("chapters", "labs")
INSTALL = """\
# Where the course is missing, in Colab for example, it is fetched and installed first.
import importlib.util
import os

if not os.path.isdir("../figures"):
    if not os.path.isdir("course"):
        get_ipython().system("git clone --quiet --depth 1 {repository} course")
    if importlib.util.find_spec("dcn_course") is None:
        get_ipython().run_line_magic("pip", "install --quiet './course[lab]'")
    os.chdir("course/book/{folder}")"""


def list_twins(app) -> None:
    """Page -> its twin's place in the folder of twins."""
    found = [path for folder in FOLDERS for path in sorted(Path(app.srcdir, folder).glob("*.*"))]
    pages = [
        path.relative_to(app.srcdir).with_suffix("") for path in found if path.suffix in (".md", ".ipynb")
    ]
    app.twins = {page.as_posix(): f"{page.as_posix()}.ipynb" for page in pages}


def code_of(source: Path) -> list[str]:
    """Return what stands in the code cells of a page that are shown or whose output is."""
    notebook = jupytext.read(source, fmt="md:myst" if source.suffix == ".md" else "ipynb")
    return [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "code" and "remove-cell" not in cell.metadata.get("tags", ())
    ]


def twin(page: str, source: Path, repository: str = "", address: str = "") -> nbformat.NotebookNode:
    """Return a page as a notebook.

    Args:
        page: the built page.
        source: what it was built from, a MyST notebook or an ``.ipynb``.
        repository: where the course is fetched; "" where that is not known.
        address: that of the page online, from which its links start; "" where that is not known.
    """
    made = cells(page, code_of(source), address)
    if repository:
        made.insert(1, ("code", INSTALL.format(repository=repository, folder=source.parent.name)))
    notebook = v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    for number, (kind, text) in enumerate(made):
        new = v4.new_markdown_cell if kind == "markdown" else v4.new_code_cell
        notebook.cells.append(new(text, id=f"cell-{number}"))  # the same bytes at every build
    nbformat.validate(notebook)
    return notebook


def write(app, error) -> None:
    if error or app.builder.name != "html":
        return
    for page, place in app.twins.items():
        built = Path(app.outdir, f"{page}.html").read_text("utf-8")
        repository, book = app.addresses
        try:
            notebook = twin(built, Path(app.env.doc2path(page)), repository, book and f"{book}/{page}.html")
        except ValueError as problem:
            raise ExtensionError(f"the notebook of {page}: {problem}") from problem
        target = Path(app.outdir, "notebooks", place)
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)


def setup(app):
    app.connect("builder-inited", list_twins)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
