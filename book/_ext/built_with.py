"""The directive ``{built-with}``: the versions, the machine and the commit of this build."""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from dcn_course import provenance

PACKAGES = ("jupyter-book", "sphinx", "myst-nb", "sympy", "matplotlib")


class built_with_node(nodes.General, nodes.Element):  # noqa: N801 (docutils' nodes are named so)
    """Stands where the list will: pages are read once, but written by every build."""


class BuiltWithDirective(SphinxDirective):
    def run(self):
        return [built_with_node()]


def facts() -> list[tuple[str, str]]:
    commit = provenance.commit()
    state = (
        f"{commit.id[:12]}{' and changes since' * commit.dirty}"
        if commit
        else "none: not built from a checkout"
    )
    machine = f"{provenance.cpu_name()}, {provenance.cores()} cores, {provenance.system()}"
    return [("commit", state), ("machine", machine), *provenance.versions(*PACKAGES).items()]


def fill(app, doctree, docname) -> None:
    for node in list(doctree.findall(built_with_node)):
        items = (nodes.list_item("", nodes.paragraph(text=f"{name}: {value}")) for name, value in facts())
        node.replace_self(nodes.bullet_list("", *items))


def setup(app):
    app.add_node(built_with_node)
    app.add_directive("built-with", BuiltWithDirective)
    app.connect("doctree-resolved", fill)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
