"""The directive ``{kill-matrix}``: every mutant of every exercise against every kind of input.

The table comes from ``book/exercises/kill_matrix.json``, which `make kill-matrix` writes and a test compares
with what it finds itself.
"""

from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from dcn_course.checking.catalogue import exercise
from dcn_course.checking.ladder import ladder
from dcn_course.checking.mutants.matrix import USUAL, Row
from dcn_course.checking.mutants.table import read

YES = "<td>●</td>"


class KillMatrix(SphinxDirective):
    """A table of all exercises, then one of each exercise, folded."""

    def run(self):
        path = Path(self.env.srcdir) / "exercises" / "kill_matrix.json"
        self.env.note_dependency(str(path))
        rows = read(path)
        parts = [overview(rows), *(of_exercise(number, mine) for number, mine in rows.items())]
        return [nodes.raw("", "\n".join(parts), format="html")]


def overview(rows: dict[int, list[Row]]) -> str:
    """How many mistakes of each exercise the check and the usual checkers find."""
    head = ["exercise", "mistakes", "found by the check", *USUAL]
    body, total = [], [0] * (len(USUAL) + 2)
    for number, mine in rows.items():
        counts = [len(mine), sum(bool(row.families) for row in mine)]
        counts += [sum(checker in row.usual for row in mine) for checker in USUAL]
        total = [a + b for a, b in zip(total, counts, strict=True)]
        title = f'<a href="{exercise(number).stem}.html">{number:02d} {escape(exercise(number).title)}</a>'
        body.append(line(title, counts))
    return table(head, [*body, line("all", total)], "How many mistakes each checker finds")


def of_exercise(number: int, rows: list[Row]) -> str:
    """Each mutant of one exercise: on which kinds of input it shows, and what the usual checkers say."""
    families = [family.name for family in ladder(number).families]
    head = ["function", "mistake", *families, *USUAL]
    body = [
        f'<tr><td><code>{escape(row.function)}</code></td><th scope="row">{escape(row.name)}</th>'
        + "".join(YES if family in row.families else "<td></td>" for family in families)
        + "".join(YES if checker in row.usual else "<td></td>" for checker in USUAL)
        + "</tr>"
        for row in rows
    ]
    title = f"{number:02d} · {exercise(number).title}"
    shown = table(head, body, f"The mistakes of exercise {title}")
    return f"<details><summary>{escape(title)}: {len(rows)} mistakes</summary>{shown}</details>"


def line(title: str, counts: list[int]) -> str:
    return f'<tr><th scope="row">{title}</th>{"".join(f"<td>{count}</td>" for count in counts)}</tr>'


def table(head: list[str], body: list[str], caption: str) -> str:
    cells = "".join(f'<th scope="col">{escape(word)}</th>' for word in head)
    return (
        f'<div class="kill-matrix" role="region" aria-label="{escape(caption)}" tabindex="0"><table>'
        f"<thead><tr>{cells}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def setup(app):
    app.add_directive("kill-matrix", KillMatrix)
    return {"parallel_read_safe": True}
