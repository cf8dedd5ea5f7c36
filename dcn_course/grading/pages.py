"""A student's report as text, HTML, and in the schema of Gradescope's results.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from dcn_course.checking.report import Report
from dcn_course.checking.report.html import html as report_html
from dcn_course.checking.report.text import text as report_text

if TYPE_CHECKING:
    from .student import Record

STYLE = """
body { font-family: sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
body { line-height: 1.5 } table { border-collapse: collapse }
td, th { border: 1px solid #8a929b; padding: .2rem .6rem; text-align: left }
pre { overflow-x: auto } .dcn-report { border-top: 1px solid #8a929b; padding-top: 1rem }
@media (prefers-color-scheme: dark) { body { background: #1c1f23; color: #e6e8ea } a { color: #6cb6ff } }
"""


def page(title: str, body: str) -> str:
    """Write an HTML page; `title` is escaped, `body` is not."""
    metas = "<meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
    head = f"<head>{metas}<title>{escape(title)}</title><style>{STYLE}</style></head>"
    return f"<!doctype html><html lang='en'>{head}<body>{body}</body></html>\n"


def text(record: Record, reports: Sequence[Report]) -> str:
    """Write a student's report as plain text."""
    lines = [record.student, _points(record), *record.problems]
    return "\n".join([*lines, "", *(report_text(report) for report in reports)])


def html(record: Record, reports: Sequence[Report]) -> str:
    """Write a student's report as HTML; everything that a student wrote is escaped."""
    parts = [f"<h1>{escape(record.student)}</h1><p>{_points(record)}</p>"]
    parts += [f"<p>{escape(problem)}</p>" for problem in record.problems]
    return page(record.student, "\n".join([*parts, *map(report_html, reports)]))


def gradescope(record: Record, reports: Sequence[Report]) -> str:
    """Write the results.json that Gradescope reads."""
    tests = [
        {
            "name": f"{report.number:02d} {report.title}",
            "score": float(report.passed),
            "max_score": 1.0,
            "status": "passed" if report.passed else "failed",
            "output": report_text(report),
            "output_format": "text",
            "visibility": "visible",
        }
        for report in reports
    ]
    whole = {
        "score": float(record.points),
        "output": "\n".join([_points(record), *record.problems]),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False)


def _points(record: Record) -> str:
    return f"{record.points} of {len(record.results)} exercises pass."
