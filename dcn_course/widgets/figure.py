"""What every interactive figure shares: it is a widget, and it also prints itself as a static figure."""

import html
import json
from pathlib import Path
from typing import Any, ClassVar

try:
    import anywidget
except ImportError as error:
    raise ImportError(
        "the interactive figures need anywidget, which is not installed: pip install 'dcn-course[lab]'"
    ) from error

HERE = Path(__file__).parent


def assembled(name: str) -> str:
    """Return what all figures share and a figure's own file, as one: ``"bilinear.js"``, say."""
    own = HERE / name
    return (HERE / f"common{own.suffix}").read_text("utf-8") + own.read_text("utf-8")


class Figure(anywidget.AnyWidget):
    """A widget whose ES module also runs in a static page.

    With a kernel it is an ordinary anywidget. Its ``text/html`` is a ``<div class="dcn-figure">`` that
    carries the state; the book's own script finds it and mounts the same module there. A reader without
    JavaScript gets :meth:`describe`.

    A subclass sets ``figure``, ``_esm``, ``_css`` and tags the traits that make up its state with
    ``.tag(sync=True, figure=True)``.
    """

    figure: ClassVar[str]
    """Name of the figure, which is the stem of its ES module."""

    def figure_state(self) -> dict[str, Any]:
        """Return the traits that the figure is drawn from, ready for JSON."""
        return {name: getattr(self, name) for name in self.trait_names(figure=True)}

    def describe(self) -> str:
        """Return the figure as one sentence of text."""
        raise NotImplementedError(f"{type(self).__name__} must say what it shows")

    def to_html(self) -> str:
        """Return the static figure: a ``<div>`` with the state, and the text that stands in for it."""
        # allow_nan: JSON has no infinities, and a browser would refuse the whole state.
        state = html.escape(json.dumps(self.figure_state(), allow_nan=False))
        return (
            f'<div class="dcn-figure" data-figure="{html.escape(self.figure)}" data-state="{state}">'
            f"<p>{html.escape(self.describe())} With JavaScript this is an interactive figure.</p></div>"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        live = super()._repr_mimebundle_(**kwargs)
        if live is None:  # a widget whose view was switched off shows nothing
            return None
        bundle, metadata = live
        return {**bundle, "text/html": self.to_html()}, metadata

    def __repr__(self) -> str:
        """Show the state alone, so that the same figure prints the same text in every run."""
        traits, values = self.traits(), self.figure_state().items()
        state = ", ".join(f"{name}={value!r}" for name, value in values if not traits[name].read_only)
        return f"{type(self).__name__}({state})"
