"""The report of a check, and its two faces: text for a terminal, HTML for a notebook."""

from .model import Heat, Report, Step

__all__ = ["Heat", "Report", "Step"]
