"""The book's mark and name above the contents. The mark is part of the page, so it takes its colours."""

from pathlib import Path


def show(app, pagename, templatename, context, doctree) -> None:
    context["mark"] = Path(app.srcdir, "assets", "logo.svg").read_text("utf-8")


def setup(app):
    app.connect("html-page-context", show)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
