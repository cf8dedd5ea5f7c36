"""The API reference: what `autodoc` takes from the docstrings, with links to the source and the equations.

In a docstring `label` in backticks, the label of an equation, becomes its number with a link. Other
backticks hold code, as in Markdown. A function whose code names an equation that its docstring does not
gets a line that does.
"""

import importlib
import inspect
import re
from pathlib import Path

from links import formulas, in_code, pages
from source_pages import page_of

ROOT = Path(__file__).resolve().parents[2]
BACKTICKS = re.compile(r"(?<![`:\w])`([^`]+)`(?![`_])")
LETTER = re.compile(r"^(\s+\w+: )([A-Z])\.$", re.M)  # which would begin a list
SIGNATURE = re.compile(r'<dt class="sig .*?</dt>', re.S)
LIST = re.compile(r"<(/?)(?:dl|dd)>")


class Docstrings:
    """Turns the course's docstrings into reStructuredText."""

    def __init__(self):
        self.labels = {f.label for page in pages(ROOT / "book") for f in formulas(page) if f.label}
        self.implemented = {}
        for label, places in in_code(ROOT).items():
            for place in places:
                self.implemented.setdefault((place.path, place.function), set()).add(label)

    def process(self, app, what, name, obj, options, lines) -> None:
        text = LETTER.sub(r"\1``\2``.", "\n".join(lines))
        lines[:] = self.linked(text).split("\n")
        missing = self.implemented_by(obj) - {
            label for label in self.labels if f":eq:`{label}`" in "\n".join(lines)
        }
        if what in ("function", "method") and missing:
            numbers = ", ".join(f":eq:`{label}`" for label in sorted(missing))
            lines += ["", f"Equations in its code: {numbers}."]

    def linked(self, docstring: str) -> str:
        """Link labels; a label of one word, like a function's name, only where equations are spoken of."""
        paragraphs = re.split(r"(\n\s*\n)", docstring)
        return "".join(BACKTICKS.sub(self._replacement("quation" in text), text) for text in paragraphs)

    def _replacement(self, about_equations: bool):
        def replace(match):
            label = match[1]
            known = label in self.labels and ("-" in label or about_equations)
            return f":eq:`{label}`" if known else f"``{label}``"

        return replace

    def implemented_by(self, obj) -> set[str]:
        try:
            path = Path(inspect.getsourcefile(inspect.unwrap(obj))).resolve().relative_to(ROOT).as_posix()
        except (TypeError, ValueError):
            return set()
        return self.implemented.get((path, getattr(obj, "__qualname__", "")), set())


def source_address(domain: str, info: dict) -> str | None:
    """Return where the source of an object begins, as seen from a page of the folder ``api``."""
    if domain != "py" or not info["module"]:
        return None
    obj = importlib.import_module(info["module"])
    try:
        for part in info["fullname"].split("."):
            obj = getattr(obj, part)
        path = Path(inspect.getsourcefile(inspect.unwrap(obj))).resolve().relative_to(ROOT).as_posix()
        line = inspect.getsourcelines(inspect.unwrap(obj))[1]
    except (AttributeError, TypeError, ValueError):  # a constant, a field, or something of another package
        return None
    return f"../{page_of(path)}.html#L-{line}"


def leave_out(app, what, name, obj, skip, options) -> bool | None:
    """Leave out the fields of named tuples, which the class's docstring explains, and what torch asks for."""
    field = (getattr(obj, "__doc__", None) or "").startswith("Alias for field number")
    return True if field or name == "extra_repr" else None


def mend_signatures(app, pagename, templatename, context, doctree) -> None:
    """Sphinx sets a long signature as a list inside a term, which HTML does not allow: make it lines."""
    context["body"] = SIGNATURE.sub(
        lambda match: LIST.sub(r"<\1span>", match[0]).replace("<span>", '<span class="sig-line">'),
        context.get("body", ""),
    )


def configure(app, config) -> None:
    config.linkcode_resolve = source_address
    docstrings = Docstrings()
    app.connect("autodoc-process-docstring", docstrings.process, priority=100)  # before napoleon


def setup(app):
    for extension in ("autodoc", "napoleon", "linkcode"):
        app.setup_extension(f"sphinx.ext.{extension}")
    app.connect("config-inited", configure)
    app.connect("html-page-context", mend_signatures)
    app.connect("autodoc-skip-member", leave_out)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
