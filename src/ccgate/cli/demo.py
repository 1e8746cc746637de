"""`ccgate demo`: one call through a real gateway, with the demo model as the provider."""

from __future__ import annotations

import secrets

import anyio
import click
import httpx2

from ccgate.cli.demo_call import Unanswered, call, first_request, headers, next_request
from ccgate.cli.demo_story import Story
from ccgate.cli.exits import Stop
from ccgate.cli.listening import HINTS, taken
from ccgate.config import Auth, Config, Provider, Route
from ccgate.gateway import Gateway
from ccgate.observe import Observer
from ccgate.testing.demo import DemoModel
from ccgate.testing.serve import serving_here

MODEL = "gpt-5-demo"
"""By a name of this family the gateway knows that reasoning may be asked for, so that this is translated, too."""
PATIENCE = 60.0
"""Seconds the whole story may take."""


@click.command(
    "demo",
    help="Show one call going through a gateway, without any provider or key. A demo model and a gateway in front of "
    "it start on free ports of this machine; a request as Claude Code sends it is translated to OpenAI's dialect and "
    "back, with a tool call, and what happens is printed as it happens.",
)
@click.option("--keep", is_flag=True, help="Leave it running, and say how to point Claude Code at it.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of the gateway; else any that is free.")
@click.option("--pace", type=click.FloatRange(0, 5), default=0.02, show_default=True, help="Seconds between two words.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document at the end, and no story.")
def command(keep: bool, port: int, pace: float, as_json: bool) -> None:
    """Play it."""
    anyio.run(play, Story(as_json=as_json, keep=keep), port, pace)


async def play(story: Story, port: int, pace: float) -> None:
    """Both servers, the two requests, the end. Raises `Stop` when anything goes wrong."""
    key = "ccgate-demo-" + secrets.token_urlsafe(18)
    try:
        async with serving_here(DemoModel(pace)) as upstream:
            gateway = build(upstream, key, story.observe)
            async with serving_here(gateway, port) as url:
                story.begin(url, upstream)
                with anyio.fail_after(PATIENCE):
                    await converse(story, url, key)
                await end(story, url, key)
    except OSError as error:
        if error.errno not in HINTS:
            raise
        raise taken("127.0.0.1", port, error) from None
    except (Unanswered, httpx2.HTTPError, TimeoutError, ValueError, LookupError) as error:
        raise Stop(f"the demo failed: {str(error) or type(error).__name__}") from None


def build(upstream: str, key: str, observer: Observer) -> Gateway:
    """A gateway whose one provider is the demo model, asked in OpenAI's dialect."""
    provider = Provider(
        name="demo", kind="openai-compatible", base_url=f"{upstream}/v1", api_key="demo", models=[MODEL]
    )
    route = Route(name="everything", to=[f"demo,{MODEL}"])
    return Gateway(
        Config(auth=Auth(api_keys=[key]), providers=[provider], routes=[route]),
        observers=[observer],
    )


async def converse(story: Story, url: str, key: str) -> None:
    """The question, and what follows it: a tool call wants its result."""
    request = first_request()
    async with httpx2.AsyncClient(base_url=url, headers=headers(key), timeout=PATIENCE, trust_env=False) as client:
        story.ask(request)
        heard = await call(client, request, told=story.hear)
        await story.heard(heard)
        tools = heard.of("tool_use")
        if not tools:
            raise Unanswered("the demo model was expected to call a tool, and called none")
        results = {tool["id"]: output(tool["input"]) for tool in tools}
        story.answer(results)
        heard = await call(client, next_request(request, heard, results), told=story.hear)
        await story.heard(heard)


def output(arguments: dict[str, object]) -> str:
    """What the command would print. It is an `echo`, and nothing is run."""
    return str(arguments.get("command", "")).removeprefix("echo ")


async def end(story: Story, url: str, key: str) -> None:
    """The last words; with `--keep` the program stays until Ctrl-C."""
    story.end(url, key)
    if story.keep:
        await anyio.sleep_forever()
