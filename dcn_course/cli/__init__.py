"""The command line, ``dcn``. Each command imports what it needs when it runs, so that help costs no torch."""

from dcn_course.cli.app import app, main

__all__ = ["app", "main"]
