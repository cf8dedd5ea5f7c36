"""Take out of the theme what throws or what this book has no use for, and keep commas with their formulas."""

from docutils import nodes

MARKS = frozenset(".,;:!?)-\u2019")


def drop_thebe(app, pagename, templatename, context, doctree) -> None:
    """Jupyter Book 1 adds sphinx-thebe to every page, twice, and it throws; the book has no kernel to ask."""
    scripts = context.get("script_files", [])
    scripts[:] = [script for script in scripts if "thebe" not in _text(script)]


def _text(script) -> str:
    return f"{getattr(script, 'filename', script)} {getattr(script, 'attributes', '')}".lower()


def mend_citations(app, pagename, templatename, context, doctree) -> None:
    """docutils gives the items of its list of citations a role that is deprecated and no list may hold."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def mend_notes(app, pagename, templatename, context, doctree) -> None:
    """A note in the margin is part of the text, not a landmark of the page."""
    if "body" in context:
        context["body"] = context["body"].replace('<aside class="margin', '<aside role="note" class="margin')


def keep_together(app, doctree, docname) -> None:
    """A browser may break a line between a formula and the mark that follows it: wrap the two together."""
    for formula in list(doctree.findall(nodes.math)):
        parent = formula.parent
        following = formula.next_node(siblings=True, descend=False)
        if not isinstance(following, nodes.Text) or following[0] not in MARKS:
            continue
        text = following.astext()
        length = next((i for i, letter in enumerate(text) if letter not in MARKS), len(text))
        place = parent.index(formula)
        together = nodes.inline("", "", classes=["unbroken"])
        parent[place : place + 2] = [together, *([nodes.Text(text[length:])] if text[length:] else [])]
        together += [formula, nodes.Text(text[:length])]


def share_handlers(app, config) -> None:
    """sphinx-exercise registers handlers for `singlehtml`, which hides the `html` ones from that builder."""
    handlers = app.registry.translation_handlers
    handlers["singlehtml"] = {**handlers.get("html", {}), **handlers.get("singlehtml", {})}


def setup(app):
    app.connect("config-inited", share_handlers, priority=900)
    app.connect("doctree-resolved", keep_together)
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("html-page-context", mend_citations)
    app.connect("html-page-context", mend_notes)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
