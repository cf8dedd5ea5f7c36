"""A report as plain text."""

from __future__ import annotations

import textwrap

from .model import Heat, Report

MARKS = {"right": "✓", "wrong": "✗", "to do": "·", "not looked at yet": " "}
WIDTH = 100


def text(report: Report) -> str:
    """Write a report for a terminal, at most 100 columns wide but for the cell to paste."""
    lines = [f"{report.number:02d} · {report.title}", ""]
    lines += [f"  {MARKS[step.state]} {step.name}" + _note(step.state) for step in report.steps]
    lines += ["", _wrap(report.headline)]
    lines += [_wrap(sentence) for sentence in report.where]
    lines += ["", *(_wrap(note, "  ") for note in report.notes)] if report.notes else []
    for heat in report.heats:
        lines += ["", blocks(heat)]
    if report.common:
        lines += ["", "What is wrong has in common:", *(_wrap(f"- {s}", "  ") for s in report.common)]
    for title, words in (("Known mistake", report.mistake), ("Terms", report.terms)):
        if words:
            lines += ["", _wrap(f"{title}: {words}")]
    if report.example:
        lines += ["", "The smallest input that shows it; paste it:", textwrap.indent(report.example, "    ")]
    if report.printed:
        lines += ["", "Your file printed:", textwrap.indent(_shorten(report.printed), "    ")]
    if report.link:
        words, address = report.link
        lines += ["", f"In the book: {words}, {address}"]
    if report.hint:
        lines += ["", _wrap(f"Hint: {report.hint}")]
    return "\n".join(line.rstrip() for line in "\n".join(lines).split("\n")) + "\n"


def blocks(heat: Heat) -> str:
    """Draw a heat map with blocks of text, two columns to a place."""
    rows, columns = heat.wrong.shape
    (top, left) = heat.first
    head = "     " + "".join(f"{left + c:>3}" for c in range(columns))
    lines = [f"Where, on {heat.title}:", head]
    for r in range(rows):
        cells = "".join(_block(heat, r, c) for c in range(columns))
        lines.append(f"{top + r:>4} {cells}")
    parts = ["██ all wrong"]
    if bool(((heat.wrong > 0) & (heat.wrong < heat.total)).any()):
        parts.append("▒▒ some wrong")
    parts.append("·· right")
    if bool((heat.total == 0).any()):
        parts.append("blank: nothing there")
    if heat.image is not None and (top, left) != (0, 0):
        parts.append(f"the image: 0 to {heat.image[0] - 1} down, 0 to {heat.image[1] - 1} right")
    return "\n".join([*lines, "     " + " · ".join(parts)])


def _block(heat: Heat, row: int, column: int) -> str:
    wrong, total = heat.wrong[row, column], heat.total[row, column]
    if total == 0:
        return "   "
    return " ··" if wrong == 0 else " ██" if wrong == total else " ▒▒"


def _note(state: str) -> str:
    return f"  ({state})" if state != "right" else ""


def _wrap(words: str, later: str = "") -> str:
    return textwrap.fill(
        words, WIDTH, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )


def _shorten(printed: str) -> str:
    lines = printed.rstrip("\n").split("\n")
    if len(lines) > 12:
        lines = [*lines[:10], f"… ({len(lines) - 10} more lines)"]
    return "\n".join(line[:WIDTH] for line in lines)
