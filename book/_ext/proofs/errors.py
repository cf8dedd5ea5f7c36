"""The one error of this package: it knows the place in the LaTeX."""


class ProofError(Exception):
    """A step that cannot be read, or that does not hold. ``at`` is the place in the LaTeX, if it has one."""

    def __init__(self, message: str, at: int | None = None):
        super().__init__(message)
        self.message, self.at = message, at

    def shown_in(self, latex: str) -> str:
        """Return the message, and under it the line of the LaTeX with a caret below the place."""
        if self.at is None:
            return self.message
        start = latex.rfind("\n", 0, self.at) + 1
        line = latex[start:].split("\n", 1)[0]
        return f"{self.message}\n    {line}\n    {' ' * (self.at - start)}^"
