"""A report as HTML for a notebook, with heat maps in SVG; readable on light and dark pages."""

from __future__ import annotations

from html import escape

from ..svg import Canvas
from .model import Heat, Report
from .text import MARKS


def html(report: Report) -> str:
    """Write a report as one ``<div>``; everything that the student wrote is escaped."""
    parts = [f"<div class='dcn-report'><p><b>{report.number:02d} · {escape(report.title)}</b></p>", "<ul>"]
    for step in report.steps:
        note = "" if step.state == "right" else f" ({step.state})"
        parts.append(f"<li>{MARKS[step.state]} {escape(step.name)}{note}</li>")
    parts.append(f"</ul><p><b>{escape(report.headline)}</b></p>")
    parts += [f"<p>{escape(sentence)}</p>" for sentence in (*report.where, *report.notes)]
    parts += [
        f"<figure><figcaption>Where, on {escape(h.title)}</figcaption>{svg(h)}</figure>" for h in report.heats
    ]
    if report.common:
        items = "".join(f"<li>{escape(s)}</li>" for s in report.common)
        parts.append(f"<p>What is wrong has in common:</p><ul>{items}</ul>")
    for title, words in (("Known mistake", report.mistake), ("Terms", report.terms)):
        if words:
            parts.append(f"<p><b>{title}:</b> {escape(words)}</p>")
    if report.example:
        parts.append(f"<p>The smallest input that shows it; paste it:</p><pre>{escape(report.example)}</pre>")
    if report.printed:
        parts.append(
            f"<details><summary>What was printed</summary><pre>{escape(report.printed)}</pre></details>"
        )
    if report.link:
        words, address = report.link
        shown = f"<a href='{escape(address, quote=True)}'>{escape(words)}</a>"
        parts.append(f"<p>In the book: {shown if '://' in address else escape(f'{words}, {address}')}</p>")
    if report.hint:
        parts.append(f"<details><summary>The next hint</summary>{escape(report.hint)}</details>")
    return "\n".join([*parts, "</div>"])


def svg(heat: Heat) -> str:
    """Draw a heat map: a square for each place, the darker the larger the share that is wrong."""
    rows, columns = heat.wrong.shape
    size, margin = 22, 24
    canvas = Canvas(margin + columns * size + 8, margin + rows * size + 8)
    top, left = heat.first
    for c in range(columns):
        canvas.text(margin + (c + 0.5) * size, margin - 6, f"{left + c}", "quiet", 10)
    for r in range(rows):
        canvas.text(margin - 6, margin + (r + 0.7) * size, f"{top + r}", "quiet", 10, "end")
        for c in range(columns):
            x, y, total = margin + c * size, margin + r * size, int(heat.total[r, c])
            canvas.rectangle(x + 1, y + 1, size - 2, size - 2, "none", line="line")
            if total and heat.wrong[r, c]:
                canvas.rectangle(
                    x + 2, y + 2, size - 4, size - 4, "orange", 0.2 + 0.8 * heat.wrong[r, c] / total
                )
                canvas.path([(x + 6, y + 6), (x + size - 6, y + size - 6)], "ink", 1.5)  # not by colour alone
                canvas.path([(x + size - 6, y + 6), (x + 6, y + size - 6)], "ink", 1.5)
            elif total:
                canvas.circle(x + size / 2, y + size / 2, 3, "blue", "none")
    if heat.image is not None:
        x, y = margin - left * size, margin - top * size
        canvas.rectangle(x, y, heat.image[1] * size, heat.image[0] * size, "none", line="ink")
    wrong, total = int(heat.wrong.sum()), int(heat.total.sum())
    return canvas.drawing(f"{heat.title}: {wrong} of {total} entries are wrong; a cross marks where").svg
