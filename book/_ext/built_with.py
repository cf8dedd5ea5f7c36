"""The directives of *How this book was made*: ``{run-times}`` of its pages, ``{built-with}`` what."""

from docutils import nodes
from equation_map import pages_in_order
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.util.docutils import SphinxDirective

from dcn_course import provenance

PACKAGES = ("jupyter-book", "sphinx", "myst-nb", "sympy", "matplotlib")


class built_with_node(nodes.General, nodes.Element):  # noqa: N801 (docutils' nodes are named so)
    """Stands where the list will: pages are read once, but written by every build."""


class run_times_node(nodes.General, nodes.Element):  # noqa: N801
    """Stands where the list of the pages' times will."""


class BuiltWithDirective(SphinxDirective):
    def run(self):
        return [built_with_node()]


class RunTimesDirective(SphinxDirective):
    def run(self):
        return [run_times_node()]


def facts() -> list[tuple[str, str]]:
    commit = provenance.commit()
    state = (
        f"{commit.id[:12]}{' and changes since' * commit.dirty}"
        if commit
        else "none: not built from a checkout"
    )
    machine = f"{provenance.cpu_name()}, {provenance.cores()} cores, {provenance.system()}"
    return [("commit", state), ("machine", machine), *provenance.versions(*PACKAGES).items()]


def run_times(app, docname: str):
    """Yield (what was run, a node; seconds) for each page that was, in the order of the book, and the sum."""
    total = 0.0
    for page in pages_in_order(app.env):
        ran = NbMetadataCollector.get_exec_data(app.env, page)
        if ran and ran["runtime"] is not None:
            total += ran["runtime"]
            link = nodes.reference(
                refuri=app.builder.get_relative_uri(docname, page), text=app.env.titles[page].astext()
            )
            yield link, ran["runtime"]
    yield nodes.Text("All of them"), total


def table(head: tuple[str, ...], rows) -> nodes.table:
    """Return a table whose columns, but for the first, stand at the right."""

    def row(cells):
        entries = (
            nodes.entry("", nodes.paragraph("", "", cell), classes=["text-right"] * bool(column))
            for column, cell in enumerate(cells)
        )
        return nodes.row("", *entries)

    group = nodes.tgroup("", *(nodes.colspec() for _ in head), cols=len(head))
    group += nodes.thead("", row(map(nodes.Text, head)))
    group += nodes.tbody("", *map(row, rows))
    return nodes.table("", group, classes=["colwidths-auto"])


def fill(app, doctree, docname) -> None:
    for node in list(doctree.findall(run_times_node)):
        times = ((what, nodes.Text(f"{seconds:.1f}")) for what, seconds in run_times(app, docname))
        node.replace_self(table(("page", "seconds"), times))
    for node in list(doctree.findall(built_with_node)):
        items = (nodes.list_item("", nodes.paragraph(text=f"{name}: {value}")) for name, value in facts())
        node.replace_self(nodes.bullet_list("", *items))


def setup(app):
    app.add_node(built_with_node)
    app.add_node(run_times_node)
    app.add_directive("built-with", BuiltWithDirective)
    app.add_directive("run-times", RunTimesDirective)
    app.connect("doctree-resolved", fill)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
