"""What is written of a whole class: grades.csv, JUnit XML, and the page with the misconceptions."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from urllib.parse import quote
from xml.etree import ElementTree

from dcn_course.checking.catalogue import exercise

from .pages import page
from .student import Record, folder_of

# The last four are the full-width forms, which some programs take for the same.
# What is not seen may stand before.
_FORMULA = re.compile("[\t\r\n]|[\\s\u200c\u200d]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")
STUDENTS = "students"


def grades(records: Sequence[Record]) -> str:
    """Write the grades as CSV; no cell of a student's can be taken for a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    numbers = [f"{result.number:02d}" for result in records[0].results] if records else []
    writer.writerow(["student", "points", "of", *numbers, "handed in", "look at", "problems"])
    for record in records:
        marks = [int(result.passed) for result in record.results]
        there = sum(result.handed_in for result in record.results)
        row = [
            record.student,
            record.points,
            len(marks),
            *marks,
            there,
            "; ".join(_looks(record)),
            "; ".join(record.problems),
        ]
        writer.writerow([_harmless(cell) for cell in row])
    return stream.getvalue()


def junit(records: Sequence[Record]) -> str:
    """Write the grades as JUnit XML: a suite for each student, a case for each exercise."""
    top = ElementTree.Element("testsuites", name="dcn grade")
    for record in records:
        failed = len(record.results) - record.points
        suite = ElementTree.SubElement(
            top, "testsuite", name=record.student, tests=str(len(record.results)), failures=str(failed)
        )
        for result in record.results:
            name = exercise(result.number).stem
            case = ElementTree.SubElement(suite, "testcase", classname=record.student, name=name)
            if not result.passed:
                ElementTree.SubElement(case, "failure", message=result.headline)
    ElementTree.indent(top)
    return ElementTree.tostring(top, encoding="unicode", xml_declaration=True) + "\n"


def misconceptions(records: Sequence[Record]) -> list[str]:
    """List the known mistakes of the class, the most frequent first, with the equation to revisit."""
    handed_in = Counter(r.number for record in records for r in record.results if r.handed_in)
    found = Counter(
        (r.number, r.function, r.mistake, r.equation)
        for record in records
        for r in record.results
        if r.mistake
    )
    ordered = sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))
    return [
        f"{count} of {handed_in[number]} in {number:02d} {function}: {mistake} Revisit {equation}."
        for (number, function, mistake, equation), count in ordered
    ]


def class_page(records: Sequence[Record], isolation: str) -> str:
    """Write the page of the class: misconceptions, where each exercise stands, students, what to look at."""
    parts = [
        f"<h1>The class</h1><p>{len(records)} submissions. {escape(isolation)}</p>",
        "<h2>Misconceptions</h2>",
    ]
    told = misconceptions(records)
    parts.append(
        f"<ul>{''.join(f'<li>{escape(words)}</li>' for words in told)}</ul>" if told else "<p>None known.</p>"
    )
    parts.append(
        "<h2>Exercises</h2><table><tr><th>exercise<th>pass<th>handed in<th>what else is wrong most</tr>"
    )
    for place, result in enumerate(records[0].results if records else ()):
        mine = [record.results[place] for record in records]
        others = Counter(
            r.headline for r in mine if r.handed_in and not r.passed and not r.mistake
        ).most_common(3)
        wrong = "<br>".join(f"{count}× {escape(headline)}" for headline, count in others)
        about = exercise(result.number)
        parts.append(
            f"<tr><td>{about.number:02d} {escape(about.title)}<td>{sum(r.passed for r in mine)}"
            f"<td>{sum(r.handed_in for r in mine)} of {len(mine)}<td>{wrong}</tr>"
        )
    parts.append("</table><h2>Students</h2><table><tr><th>student<th>pass<th>look at</tr>")
    for record in records:
        looks = [*_looks(record), *record.problems]
        link = f"{STUDENTS}/{quote(folder_of(record.student))}/report.html"
        points, said = f"{record.points} of {len(record.results)}", "<br>".join(map(escape, looks))
        parts.append(f"<tr><td><a href='{link}'>{escape(record.student)}</a><td>{points}<td>{said}</tr>")
    return page("The class", "\n".join([*parts, "</table>"]))


def _looks(record: Record) -> list[str]:
    return [f"{result.number:02d}: {words}" for result in record.results for words in result.notice]


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell
