"""Interactive figures in the built book: one script for all of them, and a directive that places one.

A browser refuses ES modules from ``file://``, so the modules of ``dcn_course/widgets`` are joined into one
classic script. It is loaded only by pages that hold a figure.
"""

import json
import re
from pathlib import Path

import yaml
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

import dcn_course.widgets

SCRIPT = "dcn-figures.js"
FIGURES = {
    figure.figure: figure
    for figure in (getattr(dcn_course.widgets, name) for name in dcn_course.widgets.__all__)
    if figure is not dcn_course.widgets.Figure
}
WIDGETS = Path(dcn_course.widgets.__file__).parent
LOADER = Path(__file__).with_name("dcn_figures_loader.js")


def bundle() -> str:
    """Return one classic script that holds every figure's module and style, and mounts the page's figures."""
    parts = ['"use strict";', "(() => {", own("common.js"), "const modules = {}, styles = {};"]
    parts.append(f"const commonStyle = {json.dumps(own('common.css'))};")
    for name in sorted(FIGURES):
        source, exports = re.subn(r"^export default ", "return ", own(f"{name}.js"), flags=re.M)
        if exports != 1 or re.search(r"^(import|export)\b", source + own("common.js"), re.M):
            raise ExtensionError(f"{name}.js must have one `export default` and no other import or export")
        parts.append(f"modules[{json.dumps(name)}] = (() => {{\n{source}}})();")
        parts.append(f"styles[{json.dumps(name)}] = {json.dumps(own(f'{name}.css'))};")
    return "\n".join([*parts, LOADER.read_text("utf-8"), "})();", ""])


def own(file: str) -> str:
    """The text of a file of the widgets."""
    return (WIDGETS / file).read_text("utf-8")


class FigureDirective(SphinxDirective):
    """Place a figure: ``{dcn-figure} bilinear``.

    Options: ``state``, the initial state as YAML or JSON (``{y: 0.5, border: project}``), checked as the
    widget checks it; ``name``, for references. The body, if any, is the caption; with it comes a number.
    """

    required_arguments = 1
    has_content = True
    option_spec = {"state": directives.unchanged, "name": directives.unchanged}  # noqa: RUF012 (docutils' interface)

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        if name not in FIGURES:
            raise self.error(f"unknown figure {name!r}; there are: {', '.join(sorted(FIGURES))}")
        try:
            state = yaml.safe_load(self.options.get("state", "{}"))
        except yaml.YAMLError as error:
            raise self.error(f"state of {name}: {error}") from error
        if not isinstance(state, dict):
            raise self.error(f"state of {name} must be a mapping like {{y: 0.5}}, got {state!r}")
        known = FIGURES[name].class_trait_names(figure=True)
        if unknown := sorted(set(state) - set(known)):
            raise self.error(
                f"state of {name} has no {', '.join(unknown)}; it has: {', '.join(sorted(known))}"
            )
        try:
            widget = FIGURES[name](**state)
        except (TypeError, ValueError) as error:
            raise self.error(f"state of {name}: {error}") from error

        figure = nodes.figure(classes=["dcn-figure-frame"])
        figure += nodes.raw("", widget.to_html(), format="html")
        if self.content:
            caption = nodes.caption()
            self.set_source_info(caption)
            parsed = nodes.Element()
            self.state.nested_parse(self.content, self.content_offset, parsed)
            for paragraph in parsed.findall(nodes.paragraph):
                caption += paragraph.children
            figure += caption
        self.set_source_info(figure)
        self.add_name(figure)
        return [figure]


def write_bundle(app) -> None:
    if app.builder.format == "html":
        target = Path(app.outdir) / "_static" / SCRIPT
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(bundle(), "utf-8")


def load_where_needed(app, pagename, templatename, context, doctree) -> None:
    if 'class="dcn-figure"' in context.get("body", ""):
        app.builder.add_js_file(SCRIPT, defer="defer")


def setup(app):
    app.add_directive("dcn-figure", FigureDirective)
    app.connect("builder-inited", write_bundle)
    app.connect("html-page-context", load_where_needed)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
