"""The HTML that says whether a formula is proven, and lists the code and the tests of an equation."""

from collections import Counter
from html import escape

from source_pages import address
from steps import checks_page, counted


def proof_of(app, docname: str, page: str, step: dict | None) -> str:
    """The word "checked" with a link to the check, or "unchecked" with the reason."""
    if step is None:
        return ""
    if step["unchecked"]:
        return f'<span title="{escape(step["unchecked"])}">unchecked</span>'
    title = f"Proven in {counted(range(step['cases']), 'case')} when this page was built"
    target = app.builder.get_relative_uri(docname, checks_page(page))
    return f'<a href="{target}#{step["check"]}" title="{title}">checked</a>'


def list_of_code(app, docname: str, places: list) -> str:
    first_reference = sorted(places, key=lambda place: ("/reference/" not in place.path, place))
    often = Counter((place.path, place.function) for place in places)
    return _list(
        (
            address(app, docname, p.path, p.line),
            f"<code>{p.module.removeprefix('dcn_course.')}</code>{f', {p.function}' * bool(p.function)}"
            + f", line {p.line}" * (often[p.path, p.function] > 1),
        )
        for p in first_reference
    )


def list_of_tests(app, docname: str, places: list) -> str:
    return _list(
        (address(app, docname, p.path, p.line), escape(p.function.removeprefix("test_").replace("_", " ")))
        for p in places
    )


def _list(links) -> str:
    items = (f'<li><a href="{target}">{text}</a></li>' for target, text in links)
    return f"<ul>{''.join(items)}</ul>"
