"""The command line program: its commands, its version, its exit codes."""

from __future__ import annotations

import signal
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from lstm_viz.cli import app, models, show, site, trace, worksheet
from lstm_viz.cli.errors import error_message


class CommandGroup(TyperGroup):
    """A command group that prints an error the user can fix as one sentence, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run what was typed. Exit codes: 0 fine, 1 can't be opened, 2 wrong usage, 130 Ctrl-C."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            sentence = error_message(error)
            if sentence is None:
                raise
            typer.echo(f"lstm-viz: {sentence}", err=True)
            raise typer.Exit(1) from None


program = typer.Typer(
    name="lstm-viz",
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine, 1 what was given can't be opened, 2 wrong usage, 130 stopped by Ctrl-C.",
)
program.command("app")(app.app)
program.command("trace")(trace.trace)
program.command("show")(show.show)
program.command("site")(site.site)
program.command("worksheet")(worksheet.worksheet)
program.command("models")(models.models)


def _print_version(requested: bool) -> bool:
    if requested:
        typer.echo(f"lstm-viz {installed_version()}")
        raise typer.Exit
    return requested


def installed_version() -> str:
    """The version that is installed; "(not installed)" where the project runs from its folder."""
    try:
        return version("lstm-viz")
    except PackageNotFoundError:
        return "(not installed)"


@program.callback()
def global_options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say the version and end.")
    ] = False,
) -> None:
    """See what every gate of an LSTM does: record a run, look at it, ask it anything.

    Try it: [bold]lstm-viz trace recall recall -o run.nc[/bold], then [bold]lstm-viz app run.nc[/bold]
    """


def main() -> None:
    """Run what was typed, and end the process with its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        program()
    except KeyboardInterrupt:
        sys.exit(130)
