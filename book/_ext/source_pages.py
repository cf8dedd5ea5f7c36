"""Pages with the source of the package and of the tests that check an equation, a line each with an address.

``# eq: label`` and the mark ``equation("label")`` in them lead back to the equation.
"""

import re
from html import escape
from pathlib import Path

from links import in_tests

FOLDER = "source"
LABELS = (
    re.compile(r'(?<=<span class="c1"># eq: )[^<]*'),
    re.compile(
        r'(?<=<span class="o">\.</span><span class="n">equation</span><span class="p">\(</span>'
        r'<span class="s2">")[^"]*'
    ),
)


def page_of(path: str) -> str:
    """Return the page that shows a file of the project, as Sphinx names pages."""
    return f"{FOLDER}/{path}"


def address(app, docname: str, path: str, line: int) -> str:
    """Return the address of a line of source, as seen from a page."""
    return f"{app.builder.get_relative_uri(docname, page_of(path))}#L-{line}"


def equation_address(app, docname: str, label: str) -> str | None:
    """Return the address of an equation, as seen from a page; None if no page has it."""
    found = app.env.get_domain("math").equations.get(label)
    return found and f"{app.builder.get_relative_uri(docname, found[0])}#equation-{label}"


def pages(app):
    if app.builder.name != "html":
        return
    root = Path(app.srcdir).parent
    tests = {place.path for places in in_tests(root).values() for place in places}
    code = {path.relative_to(root).as_posix() for path in (root / "dcn_course").rglob("*.py")}
    for path in sorted(code | tests):
        page = page_of(path)
        block = app.builder.highlighter.highlight_block(
            (root / path).read_text("utf-8"), "python", linenos="inline", linespans="L"
        )

        def with_links(match, page=page):
            return ", ".join(_linked(app, page, label) for label in match[0].split(", "))

        for labels in LABELS:
            block = labels.sub(with_links, block)
        body = f'<h1>{escape(path)}</h1>\n<div class="source">{block}</div>'
        yield page, {"title": path, "body": body}, "page.html"


def _linked(app, page: str, label: str) -> str:
    target = equation_address(app, page, label)
    return f'<a href="{target}">{label}</a>' if target else label


def setup(app):
    app.connect("html-collect-pages", pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
