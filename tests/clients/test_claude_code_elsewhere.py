"""Claude Code through the program with Responses and Gemini behind it, and with two vendors' own kinds of Chat."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from attrs import frozen

from ccgate.testing.serve import serving
from clients.codex_upstream import HEARING, Everyone, Hearing
from clients.processes import KEY, PROVIDER_KEY, Claude, program
from clients.test_claude_code import bash, png
from clients.upstream import SIGNATURE, Heard, Play, Use

pytestmark = pytest.mark.clients

RESPONSES, GEMINI, DEEPSEEK, OPENROUTER = "openai-responses", "gemini", "deepseek", "openrouter"
KINDS = [RESPONSES, GEMINI, DEEPSEEK, OPENROUTER]
every_kind = pytest.mark.parametrize("kind", KINDS)
PATHS = {RESPONSES: "/v1", GEMINI: "", DEEPSEEK: "", OPENROUTER: "/api/v1"}
MODELS = {
    RESPONSES: "gpt-5.5",
    GEMINI: "gemini-3-pro",
    DEEPSEEK: "deepseek-v4",
    OPENROUTER: "anthropic/claude-opus-4.5",
}

CONFIG = """
[auth]
api_keys = ["{key}"]

[[providers]]
name = "scripted"
kind = "{kind}"
base_url = "{url}"
api_key = "{provider_key}"
models = ["{model}"]

[[routes]]
to = ["scripted"]
"""


@frozen
class House:
    """A scripted model, and the client that speaks to the gateway before it."""

    ask: Claude
    upstream: Everyone
    hearing: Hearing

    @property
    def heard(self) -> list[Heard]:
        """What reached the model."""
        return self.upstream.heard

    @property
    def outputs(self) -> list[list[str]]:
        """The outputs of tools in each request."""
        return [list(self.hearing.outputs(heard.json()).values()) for heard in self.heard]


@contextmanager
def house(claude: Claude, kind: str, script: Mapping[str, Sequence[Play]]) -> Iterator[House]:
    upstream = Everyone(script)
    with serving(upstream) as url:
        names = {"key": KEY, "provider_key": PROVIDER_KEY, "model": MODELS[kind], "kind": kind}
        with program(claude.folder, CONFIG.format(url=url + PATHS[kind], **names)) as gateway:
            yield House(claude.at(gateway), upstream, HEARING[kind])


def pictures(value: Any) -> Iterator[str]:
    """The base64 of every picture in a conversation, wherever its dialect puts it."""
    if isinstance(value, str) and value.startswith("data:image/png;base64,"):
        yield value.removeprefix("data:image/png;base64,")
    elif isinstance(value, dict) and value.get("mimeType") == "image/png":
        yield value["data"]
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from pictures(each)


@every_kind
def test_a_plain_answer_is_shown(claude: Claude, kind: str) -> None:
    with house(claude, kind, {"MARK_PLAIN": [Play(text="Plain it is: caf\u00e9, \U0001f600.")]}) as at:
        outcome = at.ask("MARK_PLAIN say something")
    assert outcome.good, outcome
    assert outcome.text == "Plain it is: caf\u00e9, \U0001f600."
    assert len(at.heard) == 1


@every_kind
def test_a_tool_is_run_and_its_output_reaches_the_model(claude: Claude, kind: str) -> None:
    use = bash("one", "echo sum=$((40 + 2))")
    with house(claude, kind, {"MARK_TOOL": [Play(text="I shall add.", uses=[use]), Play(text="It is 42.")]}) as at:
        outcome = at.ask("MARK_TOOL add 40 and 2")
    assert outcome.good, outcome
    assert outcome.text == "It is 42."
    none, (output,) = at.outputs
    assert none == []
    assert "sum=42" in output
    assert list(at.hearing.calls(at.heard[1].json()).values()) == [("Bash", use.arguments)]


@every_kind
def test_thinking_is_understood(claude: Claude, kind: str) -> None:
    play = Play(thinking="Six times seven, I wonder.", text="42.")
    with house(claude, kind, {"MARK_THINK": [play]}) as at:
        outcome = at.ask("MARK_THINK what is six times seven")
    assert outcome.good, outcome
    assert outcome.text == "42."
    assert [block["thinking"] for block in outcome.blocks("thinking")] == [play.thinking]


@every_kind
def test_two_parallel_tools_are_run_and_both_outputs_reach_the_model(claude: Claude, kind: str) -> None:
    uses = [bash("left", "echo left=$((1 + 2))"), bash("right", "echo right=$((3 + 4))")]
    with house(claude, kind, {"MARK_TWO": [Play(text="Two.", uses=uses), Play(text="3 and 7.")]}) as at:
        outcome = at.ask("MARK_TWO add twice")
    assert outcome.good, outcome
    assert outcome.text == "3 and 7."
    assert [block["input"] for block in outcome.blocks("tool_use")] == [use.arguments for use in uses]
    asked = at.heard[1].json()
    calls, outputs = at.hearing.calls(asked), at.hearing.outputs(asked)
    assert list(calls.values()) == [("Bash", use.arguments) for use in uses]
    assert [word in outputs[id_] for id_, word in zip(calls, ("left=3", "right=7"), strict=True)] == [True, True]


@pytest.mark.parametrize("kind", [RESPONSES, GEMINI, OPENROUTER])
def test_a_picture_that_was_read_reaches_the_model(claude: Claude, kind: str) -> None:
    at, outcome = looking(claude, kind)
    assert outcome == "It is red."
    assert list(pictures(at.hearing.said(at.heard[1].json()))) == [base64.b64encode(png()).decode()]


def test_a_model_that_sees_no_pictures_is_told_in_words(claude: Claude) -> None:
    at, outcome = looking(claude, DEEPSEEK)
    assert outcome == "It is red."
    assert list(pictures(at.hearing.said(at.heard[1].json()))) == []
    assert at.outputs[1] == ['"[image: cannot be shown]"']


def looking(claude: Claude, kind: str) -> tuple[House, str]:
    """The client reads a picture because the model asks for it."""
    picture = claude.work / "dot.png"
    picture.write_bytes(png())
    use = Use("look", "Read", {"file_path": str(picture)})
    with house(claude, kind, {"MARK_LOOK": [Play(text="I look.", uses=[use]), Play(text="It is red.")]}) as at:
        outcome = at.ask("MARK_LOOK what colour is it")
    assert outcome.good, outcome
    return at, outcome.text


@every_kind
def test_a_conversation_that_is_resumed_brings_its_earlier_turns(claude: Claude, kind: str) -> None:
    script = {"MARK_FIRST": [Play(text="I keep the number 4711.")], "MARK_SECOND": [Play(text="It was 4711.")]}
    with house(claude, kind, script) as at:
        assert at.ask("MARK_FIRST keep 4711").good
        outcome = at.ask("MARK_SECOND which number", "--continue")
    assert outcome.good, outcome
    assert outcome.text == "It was 4711."
    asked = json.dumps(at.hearing.said(at.heard[-1].json()))
    places = [asked.find(text) for text in ("MARK_FIRST keep 4711", "I keep the number 4711.", "MARK_SECOND which")]
    assert -1 not in places
    assert places == sorted(places)


FIRST = Play(thinking="  First I wonder,\n\nthen I add. ", text="I add.", uses=[bash("one", "echo one=$((0 + 1))")])
SECOND = Play(thinking="\tOnce more: caf\u00e9. ", uses=[bash("two", "echo two=$((1 + 1))")])
LOOP = {"MARK_LOOP": [FIRST, SECOND, Play(thinking="Enough.", text="Done.")], "MARK_MORE": [Play(text="More.")]}


def test_deepseek_gets_its_reasoning_back_in_every_later_request_byte_by_byte(claude: Claude) -> None:
    with house(claude, DEEPSEEK, LOOP) as at:
        outcome = at.ask("MARK_LOOP add twice")
        assert at.ask("MARK_MORE and now", "--continue").good
    assert outcome.good, outcome
    told = [
        [message.get("reasoning_content") for message in heard.json()["messages"] if message["role"] == "assistant"]
        for heard in at.heard
    ]
    assert told[:3] == [[], [FIRST.thinking], [FIRST.thinking, SECOND.thinking]]
    assert told[3][:2] == [FIRST.thinking, SECOND.thinking]


@pytest.mark.parametrize("kind", [RESPONSES, GEMINI])
def test_what_the_model_signed_goes_back_to_it_as_it_was(claude: Claude, kind: str) -> None:
    with house(claude, kind, LOOP) as at:
        outcome = at.ask("MARK_LOOP add twice")
    assert outcome.good, outcome
    assert [json.dumps(at.hearing.said(heard.json())).count(SIGNATURE) for heard in at.heard] == [0, 1, 2]
