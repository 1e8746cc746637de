"""The table of commands. A command is imported when it is called; help is written from the table alone."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

import click

from ccgate.cli.exits import INTERRUPTED
from ccgate.version import __version__
from ccgate.words import meant

COMMANDS: Mapping[str, tuple[str, str]] = {
    "serve": ("ccgate.cli.serve", "Run the gateway in the foreground."),
    "demo": ("ccgate.cli.demo", "Show one call going through a gateway, without any provider or key."),
    "version": ("ccgate.cli.version", "Print the version."),
}
"""Name -> the module that holds the command under the name `command`, and what it does, in one line."""

EXAMPLES = """\b
Examples:
  ccgate demo                          see it work, offline
  ccgate serve --config ccgate.toml    run it
"""


class LazyGroup(click.Group):
    """A group that knows its commands by the table only."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click passes it
        """The names, in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 click passes it
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name][0]).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name][0]}.command is no command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Refuse an unknown name with the one that was probably meant."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(f"there is no command {args[0]!r} ({meant(args[0], COMMANDS)})")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 click's own
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    name="ccgate",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXAMPLES,
    help="An LLM gateway for coding agents.",
)
@click.version_option(__version__, prog_name="ccgate", message="%(prog)s %(version)s")
def ccgate() -> None:
    """The command itself; its help stands above."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command of these arguments (default: the program's own) and exit with its code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None) -> int:
    """The exit code."""
    try:
        code = ccgate.main(arguments, prog_name="ccgate", standalone_mode=False)
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return code if isinstance(code, int) else 0
