"""The directives that show the exercises, read from their masters.

``{course-exercise} 4`` is the whole page of an exercise, ``{exercise-table}`` lists all of them, and
``{chapter-exercises}`` those that belong to the page on which it stands.
"""

from docutils import nodes
from online import addresses, launchers
from sphinx.util.docutils import SphinxDirective

from dcn_course.checking.build import cut
from dcn_course.checking.catalogue import exercise, master_path, numbers
from dcn_course.checking.layout import student_cells
from dcn_course.checking.master import cells
from dcn_course.checking.pictures import picture


class CourseExercise(SphinxDirective):
    """The page of one exercise below its heading."""

    required_arguments = 1

    def run(self):
        about = exercise(int(self.arguments[0]))
        self.env.note_dependency(str(master_path(about.number)))
        given = cells(master_path(about.number).read_text("utf-8"))
        made = self._parse(facts(about))
        made += self._parse("\n\n".join(c.text for c in given if c.kind == "markdown"))
        for cell in given:
            if cell.kind == "question":
                made += self._section("First, by hand", f"{cell.text}\n\n{ANSWER.format(n=about.number)}")
        code = [text for kind, text in student_cells(about, cut, notebook=False) if kind == "code"]
        setup = [text for text in code if not any(defines(text, gap) for gap in about.gaps)]
        made += self._section("What you write", self._gaps(about, code, setup[1:]))
        for cell in given:
            if cell.kind == "picture":
                drawing = picture(about.number)
                shown = nodes.raw("", f'<div class="fig">{drawing.svg}</div>', format="html")
                section = self._section("What you should see", cell.text)
                section[0].insert(1, shown)
                made += section
        online = launchers(addresses().repository, "main", f"exercises/{about.stem}.ipynb")
        made += self._section("Start", start(about, online))
        return made

    def _gaps(self, about, code: list[str], setup: list[str]) -> str:
        pieces = [f"```python\n{text}\n```" for text in setup]
        for gap in about.gaps:
            (text,) = [text for text in code if defines(text, gap)]
            pieces.append(f"`{gap.function}` computes {{eq}}`{gap.equation}`.")
            if f"```python\n{text}\n```" not in pieces:  # methods share the cell of their class
                pieces.append(f"```python\n{text}\n```")
            for place, hint in enumerate(gap.hints, 1):
                pieces.append(f":::{{dropdown}} Hint {place} for `{gap.function}`\n{hint}\n:::")
        return "\n\n".join(pieces)

    def _parse(self, text: str):
        return self.parse_text_to_nodes(text, allow_section_headings=True)

    def _section(self, title: str, text: str):
        section = nodes.section(ids=[nodes.make_id(title)], names=[nodes.fully_normalize_name(title)])
        section += nodes.title("", title)
        section += self._parse(text)
        return [section]


class ExerciseTable(SphinxDirective):
    """All exercises with their chapters, in their order."""

    def run(self):
        rows = ["| no. | exercise | minutes | difficulty | after | chapter |", "|---|---|---|---|---|---|"]
        for about in map(exercise, numbers()):
            after = ", ".join(f"{n:02d}" for n in about.after) or "none"
            rows.append(
                f"| {about.number:02d} | {{doc}}`{about.title} </exercises/{about.stem}>` | {about.minutes} "
                f"| {about.difficulty} | {after} | {{doc}}`/{about.chapter}` |"
            )
        return self.parse_text_to_nodes("\n".join(rows))


class ChapterExercises(SphinxDirective):
    """Links to the exercises of the chapter on which it stands."""

    def run(self):
        mine = [about for about in map(exercise, numbers()) if about.chapter == self.env.docname]
        if not mine:
            raise self.error(f"no exercise names the chapter {self.env.docname}")
        lines = [
            f"- {{doc}}`Exercise {about.number:02d}, {about.title} </exercises/{about.stem}>`: "
            f"{about.minutes} minutes, {about.difficulty}"
            for about in mine
        ]
        return self.parse_text_to_nodes(f"{CHECKED}\n\n" + "\n".join(lines))


def defines(text: str, gap) -> bool:
    """Whether a cell has the function or method of a gap."""
    return f"def {gap.function.rpartition('.')[2]}(" in text


CHECKED = "Fill in the kernels of this chapter, with a check that says why something is wrong:"
ANSWER = "Your answer stands where the file says `prediction = ...`. `dcn check {n:02d}` looks at it first."


def facts(about) -> str:
    """One line: how long, how hard, after what, of which chapter."""
    after = ", ".join(f"{{doc}}`{n:02d} </exercises/{exercise(n).stem}>`" for n in about.after)
    return (
        f"{about.minutes} minutes · {about.difficulty} · "
        f"{'after ' + after if after else 'no exercise before it'} · belongs to {{doc}}`/{about.chapter}`"
    )


def start(about, addresses: dict[str, str]) -> str:
    """How to get and check the exercise."""
    launch = [f"or in the browser: {' · '.join(f'[{n}]({a})' for n, a in addresses.items())}"] * bool(
        addresses
    )
    links = [
        f"{{download}}`the notebook <../../exercises/{about.stem}.ipynb>`",
        f"{{download}}`the Python file <../../exercises/{about.stem}.py>`",
        *launch,
    ]
    return (
        f"```bash\ndcn start                # once: makes your work folder\ndcn check {about.number:02d}\n"
        f"dcn watch {about.number:02d}             # checks again at each save\n```\n\n"
        f"Without a work folder: {', '.join(links)}. How all this goes: {{doc}}`/exercises/index`."
    )


def setup(app):
    app.add_directive("course-exercise", CourseExercise)
    app.add_directive("exercise-table", ExerciseTable)
    app.add_directive("chapter-exercises", ChapterExercises)
    return {"parallel_read_safe": True}
