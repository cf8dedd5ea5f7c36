"""The directives of the page *Equation map*: ``{equation-map}`` and ``{proven-steps}``."""

from html import escape

from docutils import nodes
from link_lists import list_of_code, list_of_tests, proof_of
from source_pages import equation_address
from sphinx.util.docutils import SphinxDirective
from steps import checks_page, counted, steps_of


class map_node(nodes.General, nodes.Element):  # noqa: N801 (docutils' nodes are named so)
    """Stands where what `show` returns will, which is known when all pages have been read."""


class MapDirective(SphinxDirective):
    def run(self):
        return [map_node(show=equation_map)]


class StepsDirective(SphinxDirective):
    def run(self):
        return [map_node(show=list_of_steps)]


def fill(app, doctree, docname) -> None:
    for node in list(doctree.findall(map_node)):
        shown = node["show"](app, docname) if app.builder.name == "html" else ""
        node.replace_self(nodes.raw("", shown, format="html"))


def equation_map(app, docname: str) -> str:
    """A table of all labelled equations, in the order of the book."""
    known = app.equations
    order = list(pages_in_order(app.env))
    rows = []
    for label in sorted(known.formulas, key=lambda one: _place(order, *known.formulas[one])):
        page, _ = known.formulas[label]
        code, tests = known.code.get(label, []), known.tests.get(label, [])
        step = next((step for step in steps_of(app.env).get(page, []) if step["label"] == label), None)
        number, target = number_of(app.env, page, label), equation_address(app, docname, label)
        uri, title = app.builder.get_relative_uri(docname, page), escape(app.env.titles[page].astext())
        proof = proof_of(app, docname, page, step) or "defined"
        rows.append(
            f'<tr id="map-{label}"><th scope="row"><a href="{target}">({number}) {label}</a>'
            f'<p>in <a href="{uri}">{title}</a>; {proof}</p></th>'
            f'<td data-head="Code">{list_of_code(app, docname, code) if code else "explains only"}</td>'
            f'<td data-head="Tests">{list_of_tests(app, docname, tests) if tests else "none"}</td></tr>'
        )
    head = "".join(f'<th scope="col">{word}</th>' for word in ("Equation", "Code", "Tests"))
    return f'<table class="equation-map"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _place(order: list[str], page: str, formula) -> tuple[int, int]:
    return order.index(page), formula.line


def pages_in_order(env, page: str | None = None):
    """Yield the pages as the table of contents has them."""
    page = page or env.config.root_doc
    yield page
    for below in env.toctree_includes.get(page, []):
        yield from pages_in_order(env, below)


def number_of(env, page: str, label: str) -> str:
    if env.config.math_numfig and env.config.numfig:
        return ".".join(map(str, env.toc_fignumbers[page]["displaymath"][f"equation-{label}"]))
    return str(env.get_domain("math").equations[label][1])


def list_of_steps(app, docname: str) -> str:
    """How many steps of each page are proven, in how many cases, and which are not."""
    found = []
    for page in pages_in_order(app.env):
        steps = steps_of(app.env).get(page)
        if not steps:
            continue
        proven = [step for step in steps if step["check"]]
        title = escape(app.env.titles[page].astext())
        words = f"{counted(proven, 'step')} proven, in {sum(step['cases'] for step in proven)} cases"
        if proven:
            words = f'<a href="{app.builder.get_relative_uri(docname, checks_page(page))}">{words}</a>'
        reasons = "".join(f"; one not: {escape(step['unchecked'])}" for step in steps if not step["check"])
        found.append(f"<li>{title}: {words}{reasons}</li>")
    return f"<ul>{''.join(found)}</ul>"


def setup(app):
    app.add_directive("equation-map", MapDirective)
    app.add_directive("proven-steps", StepsDirective)
    app.add_node(map_node)
    app.connect("doctree-resolved", fill)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
