"""Pages that show the checks: the readings of each page with proven steps, and how many cases they have."""

import inspect
from html import escape
from pathlib import Path

from proofs.readings import files, readings
from steps import checks_page, counted, steps_of

ABOUT = (
    "The build reads each formula of a derivation as it stands and gives every name in it the meaning that a "
    "function below, the reading, yields. In each case of the reading all sides must be identically equal."
)


def pages(app):
    """Yield a page for each page with proven steps: what was proven, and the source of the readings."""
    if app.builder.name != "html":
        return
    folder = Path(app.srcdir) / "checks"
    for docname, steps in sorted(steps_of(app.env).items()):
        used = dict.fromkeys(step["check"] for step in steps if step["check"])
        if not used:
            continue
        page = Path(docname).name
        title = app.env.titles[docname].astext()
        known = readings(page, folder)
        back = app.builder.get_relative_uri(checks_page(docname), docname)
        body = [
            f'<h1>The checks of “{escape(title)}”</h1><p>{ABOUT} <a href="{back}">Back to the page.</a></p>'
        ]
        for name in used:
            mine = [step for step in steps if step["check"] == name]
            cases = counted(range(mine[0]["cases"]), "case")
            count = f"{counted(mine, 'step')}, {'each ' * (len(mine) > 1)}in {cases}"
            source = highlighted(app, inspect.getsource(known[name]))
            body.append(f'<h2 id="{name}"><code>{name}</code>: {count}</h2>{source}')
        own, *helpers = files(page, folder)
        rest = highlighted(app, without(own.read_text("utf-8"), [known[name] for name in used]))
        body.append(f"<h2>The rest of <code>checks/{own.name}</code></h2>{rest}")
        for file in helpers:
            body.append(
                f"<h2><code>checks/{file.name}</code></h2>{highlighted(app, file.read_text('utf-8'))}"
            )
        yield checks_page(docname), {"title": f"Checks: {title}", "body": "\n".join(body)}, "page.html"


def without(source: str, functions: list) -> str:
    """Return the source without the functions that are shown already."""
    for function in functions:
        source = source.replace(inspect.getsource(function), "")
    return source.strip() + "\n"


def highlighted(app, source: str) -> str:
    return app.builder.highlighter.highlight_block(source, "python")


def setup(app):
    app.connect("html-collect-pages", pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
