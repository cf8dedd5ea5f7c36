"""Below a formula a quiet line: whether the build has proven it, the code that implements it, its tests.

The build warns of an equation that no code implements or no test checks, unless it is marked
``:class: explains``, and of a label in code or tests that no page has.
"""

from pathlib import Path

from docutils import nodes
from link_lists import list_of_code, list_of_tests, proof_of
from links import formulas, in_code, in_tests
from sphinx.util import logging
from steps import counted

log = logging.getLogger(__name__)


class Equations:
    """All labelled equations, where they are implemented and where they are tested."""

    def __init__(self, app):
        root = Path(app.srcdir).parent
        self.code, self.tests = in_code(root), in_tests(root)
        self.formulas = {
            formula.label: (docname, formula)
            for docname in sorted(app.env.found_docs)
            if app.env.doc2path(docname).endswith(".md")
            for formula in formulas(Path(app.env.doc2path(docname)))
            if formula.label
        }


def look_at_labels(app, env) -> None:
    app.equations = known = Equations(app)
    for label, (docname, formula) in known.formulas.items():
        place = (docname, formula.line)
        if formula.explains and label in known.code:
            log.warning("equation %s is marked as explaining, but code implements it", label, location=place)
        if not formula.explains and label not in known.code:
            log.warning("no code names equation %s: # eq: or :class: explains", label, location=place)
        if not formula.explains and label not in known.tests:
            log.warning("no test is marked with equation %s", label, location=place)
    for kind, found in (("code", known.code), ("tests", known.tests)):
        for label in found.keys() - known.formulas.keys():
            log.warning(
                "the %s name an equation that no page has: %s", kind, label, location=found[label][0].path
            )
    for label in set(env.get_domain("math").equations) - known.formulas.keys():
        log.warning("equation %s is not the label of a {math} or {step} directive", label)


def add_lines(app, doctree, docname) -> None:
    if app.builder.name != "html":
        return
    for block in list(doctree.findall(nodes.math_block)):
        proof = proof_of(app, docname, docname, block.get("step"))
        links = links_of(app, docname, block.get("label"))
        if proof or links:
            line = nodes.raw("", f'<div class="formula-line">{proof}{links}</div>', format="html")
            block.parent.insert(block.parent.index(block) + 1, line)


def links_of(app, docname: str, label: str | None) -> str:
    if label is None or label not in app.equations.formulas:
        return ""
    code, tests = app.equations.code.get(label, []), app.equations.tests.get(label, [])
    if not code:
        return "<span>explains; no code of its own</span>"
    words = f"{counted(code, 'place')} in the code, {counted(tests, 'test')}"
    return (
        f"<details><summary>{words}</summary>"
        f"<p>Code</p>{list_of_code(app, docname, code)}"
        f"<p>Tests</p>{list_of_tests(app, docname, tests)}</details>"
    )


def setup(app):
    app.connect("env-updated", look_at_labels)
    app.connect("doctree-resolved", add_lines)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
