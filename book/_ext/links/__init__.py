"""Where the equations of the book stand: on its pages, in the package, in the tests."""

from .code import Place, in_code, in_tests
from .pages import Formula, formulas, pages

__all__ = ["Formula", "Place", "formulas", "in_code", "in_tests", "pages"]
