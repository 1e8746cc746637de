"""`ccgate serve`: the gateway in the foreground, until it is told to end."""

from __future__ import annotations

import logging
import os
import sys

import click

from ccgate import settings
from ccgate.cli.exits import Stop, message, unusable
from ccgate.cli.listening import addresses, listen, raise_file_limit, run
from ccgate.config.checks import each
from ccgate.errors import CcgateError, ConfigError
from ccgate.gateway import Gateway
from ccgate.observe import LogObserver
from ccgate.settings import Loaded

LEVELS = ("debug", "info", "warning", "error")
LIBRARIES = ("uvicorn", "httpx2", "httpcore2", "asyncio")

OPEN_DOOR = ConfigError(
    "other machines can reach this address, and no key is set",
    where="server.host",
    hint="set auth.api_keys or CCGATE_API_KEY, or listen on 127.0.0.1",
)


@click.command("serve", help="Run the gateway in the foreground. SIGTERM and Ctrl-C let open calls finish first.")
@click.option("--config", metavar="FILE", type=click.Path(), help="The configuration; else it is searched for.")
@click.option("--host", metavar="H", help="Address to listen on, instead of the configured one.")
@click.option("--port", metavar="P", type=click.IntRange(0, 65535), help="Port to listen on; 0: any that is free.")
@click.option(
    "--log-level",
    type=click.Choice(LEVELS, case_sensitive=False),
    envvar="CCGATE_LOG_LEVEL",
    default="info",
    show_default=True,
    show_envvar=True,
    help="What is told on stderr.",
)
def command(config: str | None, host: str | None, port: int | None, log_level: str) -> int:
    """Serve until a signal comes; the exit code says which."""
    log_to_stderr(log_level)
    loaded = load(config, {"server.host": host, "server.port": port})
    gateway = build(loaded)
    server = loaded.config.server
    sockets = listen(protected(loaded), server.port)
    raise_file_limit()
    return run(gateway, sockets, host=server.host)


def load(path: str | None, flags: dict[str, str | int | None]) -> Loaded:
    """The settings, with their warnings told. Exit code 4 when they cannot be used."""
    try:
        loaded = settings.load(path, environ=os.environ, flags=flags)
    except ConfigError as error:
        raise unusable(each(error), path) from None
    for warning in loaded.warnings:
        message(f"warning: {warning}")
    return loaded


def build(loaded: Loaded) -> Gateway:
    """The gateway. Exit code 4 when it cannot be built of these settings."""
    try:
        return Gateway(loaded.config, observers=[LogObserver()])
    except ConfigError as error:
        raise unusable(each(error), named(loaded)) from None
    except (CcgateError, OSError, ValueError) as error:
        raise Stop(f"the gateway could not be built: {error}") from None


def protected(loaded: Loaded) -> list[str]:
    """The addresses to listen on. Exit code 4 when one is open to other machines and nobody asks for a key."""
    config = loaded.config
    found = addresses(config.server.host, config.server.port)
    closed = all(address.loopback for address in found)
    if not closed and not config.auth.api_keys and not config.auth.open:
        origin = loaded.origin("server.host")
        raise unusable([OPEN_DOOR], named(loaded) if origin == "default" else origin.removeprefix("file "))
    return [address.host for address in found]


def named(loaded: Loaded) -> str | None:
    return str(loaded.path) if loaded.path else None


def log_to_stderr(level: str) -> None:
    """Each record as one line. Of libraries only warnings are heard: their details may tell more than ours would."""
    logging.basicConfig(
        stream=sys.stderr, level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
