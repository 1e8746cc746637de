"""What the demo tells: in words as it happens, or as one JSON document at the end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

import anyio
import click
from attrs import define, field

from ccgate.cli.demo_call import JSON, QUESTION, Heard
from ccgate.ir import Loss
from ccgate.observe import CallEnded, Happening

PATIENCE = 5.0
"""Seconds to wait for the gateway's own account of a call that is already answered."""
GRADES = {
    "content": "would change the answer",
    "setting": "a setting",
    "hint": "only a hint: cost or speed, not the answer",
}


@define
class Story:
    """The teller. As an observer of the gateway it hears of each call's losses, with their reasons."""

    as_json: bool = False
    keep: bool = False
    document: JSON = field(factory=lambda: {"calls": []})
    _ended: list[CallEnded] = field(factory=list)
    _more: anyio.Event = field(factory=anyio.Event)

    def observe(self, happening: Happening) -> None:
        """Told by the gateway."""
        if isinstance(happening, CallEnded):
            self._ended.append(happening)
            self._more.set()

    def say(self, text: str = "", *, end: str = "\n") -> None:
        """Print it, unless a document is wanted."""
        if not self.as_json:
            click.echo(text + end, nl=False)

    def begin(self, gateway: str, upstream: str) -> None:
        self.document |= {"gateway": gateway, "upstream": upstream}
        self.say(f"The demo model listens on {upstream} and speaks OpenAI's Chat Completions.")
        self.say(f"The gateway listens on {gateway} and speaks Anthropic's Messages, as Claude Code does.")

    def ask(self, request: JSON) -> None:
        tools = ", ".join(tool["name"] for tool in request["tools"])
        self.say()
        self.say(f"Asked for {request['model']} with the tools {tools}: {QUESTION}")

    def hear(self, heard: Heard, text: str) -> None:
        """A piece of text; "" at the head of a reply."""
        if text:
            self.say(text, end="")
            return
        tells = {name: heard.headers.get(f"x-ccgate-{name}", "-") for name in ("route", "provider", "model")}
        self.say("The route {route} chose {model} of the provider {provider}.".format(**tells))
        self.say()
        self.say("  ", end="")

    async def heard(self, heard: Heard) -> None:
        """A reply is whole: its tool calls, what it cost, what was lost on the way."""
        ended = await self._account()
        self.document["calls"].append(account(heard, ended))
        self.say("\n")
        for thought in heard.of("thinking"):
            self.say(f"Before that it thought: {thought['thinking']}")
        for tool in heard.of("tool_use"):
            self.say(f"It calls the tool {tool['name']} with {json.dumps(tool['input'])}")
        self.say(f"First byte after {milliseconds(heard.first_byte)} ms, all after {milliseconds(heard.duration)} ms.")
        self.say(f"Tokens: {tokens(heard.usage)}.")
        for line in lost(ended.losses):
            self.say(line)

    async def _account(self) -> CallEnded:
        """What the gateway says of the call: it may say so a moment after the last byte."""
        with anyio.fail_after(PATIENCE):
            while not self._ended:
                await self._more.wait()
        self._more = anyio.Event()
        return self._ended.pop(0)

    def answer(self, results: Mapping[str, str]) -> None:
        self.say()
        self.say(f"The tool's result goes back: {', '.join(results.values())}")

    def end(self, url: str, key: str) -> None:
        """The last words, or the document."""
        hint = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": key}
        self.document |= {"environment": hint} if self.keep else {}
        if self.as_json:
            click.echo(json.dumps(self.document, indent=2))
            return
        self.say()
        if not self.keep:
            self.say("That was all. `ccgate demo --keep` leaves it running, for Claude Code to talk to.")
            return
        self.say("It goes on running until Ctrl-C. Point Claude Code at it with:")
        self.say("  " + " ".join(f"{name}={value}" for name, value in hint.items()) + " claude")


def account(heard: Heard, ended: CallEnded) -> JSON:
    """One call, for the document."""
    return {
        "asked_model": ended.asked_model,
        "route": ended.route,
        "provider": ended.provider,
        "model": ended.model,
        "status": ended.status,
        "first_byte_ms": milliseconds(heard.first_byte),
        "duration_ms": milliseconds(heard.duration),
        "thinking": "".join(block["thinking"] for block in heard.of("thinking")),
        "text": heard.text,
        "tool_calls": [{"name": tool["name"], "input": tool["input"]} for tool in heard.of("tool_use")],
        "stop_reason": heard.stop_reason,
        "usage": heard.usage,
        "losses": [{"at": loss.at, "what": loss.what, "why": loss.why, "grade": loss.grade} for loss in ended.losses],
    }


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def tokens(usage: JSON) -> str:
    """Usage in words; buckets that are empty are not told."""
    buckets = {
        "input_tokens": "in",
        "cache_read_input_tokens": "read from the cache",
        "cache_creation_input_tokens": "written to the cache",
        "output_tokens": "out",
    }
    return ", ".join(f"{usage[name]} {words}" for name, words in buckets.items() if usage.get(name))


def lost(losses: Sequence[Loss]) -> list[str]:
    """What the other dialect could not carry, one line for each kind."""
    if not losses:
        return ["Nothing was lost in translation."]
    kinds = Counter((pattern(loss.at), loss.what, loss.why, loss.grade) for loss in losses)
    lines = [
        f"  {at}{f' ({count} times)' if count > 1 else ''} was {what}: {why} [{GRADES[grade]}]"
        for (at, what, why, grade), count in kinds.items()
    ]
    return ["What the other dialect could not carry:", *lines]


def pattern(pointer: str) -> str:
    """A place without its numbers: `/system/0/cache_control` is `system.*.cache_control`; a header stays as it is."""
    if pointer.startswith("header:"):
        return pointer.replace(":", " ")
    return ".".join("*" if part.isdigit() else part for part in pointer.split("/")[1:]) or "the request"
