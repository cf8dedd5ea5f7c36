"""The directive ``{step}``: a displayed formula that the build proves.

Options: ``check``, the name of a reading in ``book/checks/<page>.py``, or ``unchecked``, the reason why
there can be none; and those of ``{math}``, of which ``label`` makes it a numbered equation.
"""

import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.directives.patches import MathDirective
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).parent))  # for the readings too, which import `proofs`

from proofs import ProofError, prove
from proofs.readings import files, readings

log = logging.getLogger(__name__)
DERIVATION = "the derivation"


class StepDirective(MathDirective):
    option_spec = {  # noqa: RUF012 (docutils' interface)
        **MathDirective.option_spec,
        "check": directives.unchanged_required,
        "unchecked": directives.unchanged_required,
    }

    def run(self):
        if ("check" in self.options) == ("unchecked" in self.options):
            raise self.error("a step has either :check: with a reading, or :unchecked: with the reason")
        shown = super().run()
        block = next(node for node in shown if isinstance(node, nodes.math_block))
        block["step"] = {
            "check": self.options.get("check"),
            "unchecked": self.options.get("unchecked"),
            "cases": self.cases(block.astext()) if "check" in self.options else 0,
            "label": self.options.get("label"),
        }
        steps_of(self.env).setdefault(self.env.docname, []).append(block["step"])
        return shown

    def cases(self, latex: str) -> int:
        """Return the number of cases in which the step is proven; a step that does not hold is an error."""
        page, name = Path(self.env.docname).name, self.options["check"]
        folder = Path(self.env.srcdir) / "checks"
        for file in files(page, folder):
            self.env.note_dependency(str(file))
        known = readings(page, folder)
        if name not in known:
            raise self.error(
                f"book/checks/{page}.py has no reading {name!r}; it has: {', '.join(known) or 'none'}"
            )
        try:
            return prove(latex, known[name]())
        except ProofError as error:
            raise self.error(f"the step does not hold under {name}: {error.shown_in(latex)}") from error
        except Exception as error:
            raise self.error(f"the reading {name} failed: {type(error).__name__}: {error}") from error


def steps_of(env) -> dict:
    """Page -> its steps in order, each a dict with check, unchecked, cases and label."""
    if not hasattr(env, "steps"):
        env.steps = {}
    return env.steps


def checks_page(docname: str) -> str:
    """Return the page that shows the readings of a page."""
    return f"checks/{Path(docname).name}"


def counted(things, word: str) -> str:
    return f"{len(things)} {word}{'s' * (len(things) != 1)}"


def look_for_bare_formulas(app, doctree) -> None:
    """Warn of each displayed formula in a derivation that is neither a step nor labelled."""
    for section in doctree.findall(nodes.section):
        title = section.next_node(nodes.title)
        if title is None or title.astext().lower() != DERIVATION:
            continue
        for block in section.findall(nodes.math_block):
            if "step" not in block and not block.get("label"):
                log.warning("a formula in a derivation must be a {step} or have a :label:", location=block)


def purge(app, env, docname) -> None:
    steps_of(env).pop(docname, None)


def merge(app, env, docnames, other) -> None:
    steps_of(env).update({name: steps for name, steps in steps_of(other).items() if name in docnames})


def look_for_unused_readings(app, env) -> None:
    folder = Path(app.srcdir) / "checks"
    used = {(Path(page).name, step["check"]) for page, steps in steps_of(env).items() for step in steps}
    for path in sorted(folder.glob("[!_]*.py")):
        for name in readings(path.stem, folder):
            if (path.stem, name) not in used:
                log.warning("the reading %s of %s proves no step", name, path.name, location=str(path))


def setup(app):
    # sphinx-design has a directive of this name, which the book does not use.
    app.add_directive("step", StepDirective, override=True)
    app.connect("doctree-read", look_for_bare_formulas)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", look_for_unused_readings)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
