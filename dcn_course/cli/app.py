"""The application that holds the commands."""

import sys
from collections.abc import Sequence

import typer

from dcn_course.cli import exercises
from dcn_course.cli.grade import grade, regrade
from dcn_course.cli.info import info
from dcn_course.cli.reproduce import reproduce, tune
from dcn_course.cli.teaching import classroom, lessons
from dcn_course.cli.timing import timing
from dcn_course.cli.train import train

app = typer.Typer(
    name="dcn",
    help="Deformable Convolution, Derived: train the networks, reproduce the report. Start with "
    "'dcn train lenet5-dc --dataset digits': real data, no network, under a minute. The exercises begin with "
    "'dcn start'.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(info)
app.command()(train)
app.command()(reproduce)
app.command()(tune)
app.command()(timing)
app.command()(grade)
app.command()(regrade)
app.command()(classroom)
app.command()(lessons)
for _name, _command in (
    ("start", exercises.start),
    ("next", exercises.next_),
    ("check", exercises.check),
    ("watch", exercises.watch),
    ("progress", exercises.progress_),
    ("solution", exercises.solution),
):
    app.command(_name)(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run ``dcn`` and exit: 0 done, 2 bad input or something missing, 130 interrupted by Ctrl-C.

    Args:
        arguments: None takes those of the process.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    app(given, prog_name="dcn", obj=given)  # `obj`: to say how the same command is resumed
