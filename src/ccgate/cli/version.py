"""`ccgate version`."""

from __future__ import annotations

import json

import click

from ccgate.version import __version__


@click.command("version", help="Print the version.")
@click.option("--json", "as_json", is_flag=True, help="As a JSON document.")
def command(as_json: bool) -> None:
    """Print it."""
    click.echo(json.dumps({"version": __version__}) if as_json else f"ccgate {__version__}")
