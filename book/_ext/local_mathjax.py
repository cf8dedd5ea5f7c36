"""Serve MathJax from the book itself, so that formulas show without a network.

The files come from the package ``sphinx-mathjax-offline``. Only what a page can ask for is copied: the
script, its fonts, TeX extensions that load on use, and the formula explorer that MathJax's menu offers. In
the web pages a script of our own loads it and sets the formulas bit by bit.
"""

import importlib.util
import shutil
from pathlib import Path

from sphinx.errors import ExtensionError

PACKAGE = "sphinx-mathjax-offline"
MATHJAX = "tex-mml-chtml.js"
LOADER = Path(__file__).with_suffix(".js")
WANTED = (
    MATHJAX,
    "output/chtml/fonts/woff-v2/*.woff",
    "input/tex/extensions/*.js",
    "a11y/*.js",
    "sre/mathmaps/base.json",
    "sre/mathmaps/en.json",
    "sre/mathmaps/nemeth.json",
)


def source() -> Path:
    # The package's folder has hyphens in its name: it can be found but not imported by a statement.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.submodule_search_locations is None:
        raise ExtensionError(f"MathJax for the book is not installed: pip install {PACKAGE}")
    return Path(next(iter(spec.submodule_search_locations))) / "static" / "mathjax"


def point_to_local(app) -> None:
    # Paper waits for the last formula anyway.
    app.config.mathjax_path = f"mathjax/{LOADER.name if app.builder.name == 'html' else MATHJAX}"


def copy(app) -> None:
    if app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "mathjax"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(LOADER, folder / LOADER.name)
    for pattern in WANTED:
        found = sorted(source().glob(pattern))
        if not found:
            raise ExtensionError(f"{PACKAGE} has no {pattern}")
        for file in found:
            target = folder / file.relative_to(source())
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def setup(app):
    app.connect("builder-inited", point_to_local)
    app.connect("builder-inited", copy)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
