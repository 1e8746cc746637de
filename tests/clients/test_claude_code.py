"""Claude Code itself through the program, with a scripted model behind it that is asked in each of two dialects."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from attrs import frozen

from ccgate.testing.serve import serving
from clients.processes import KEY, PROVIDER_KEY, Claude, program
from clients.relay import Relay
from clients.upstream import SIGNATURE, Heard, Play, Tokens, Upstream, Use

pytestmark = pytest.mark.clients

ANTHROPIC, CHAT = "anthropic-compatible", "openai-compatible"
both_kinds = pytest.mark.parametrize("kind", [ANTHROPIC, CHAT])

CONFIG = """
[auth]
api_keys = ["{key}"]

[[providers]]
name = "scripted"
kind = "{kind}"
base_url = "{url}"
api_key = "{provider_key}"
{models}

{routes}
"""
MODELS = {ANTHROPIC: "", CHAT: 'models = ["gpt-5-scripted"]'}
"""None: the model keeps the name that the client asks for. A name of this family may be asked to reason."""
EVERYTHING = '[[routes]]\nto = ["scripted"]'
SOME_MODELS = '[[routes]]\nwhen = [{ rule = "model", matches = "known-*" }]\nto = ["scripted"]'


@frozen
class House:
    """A scripted model, the gateway before it, and a relay before that which the client speaks to."""

    ask: Claude
    upstream: Upstream
    relay: Relay

    @property
    def heard(self) -> list[Heard]:
        """What reached the model."""
        return self.upstream.heard


Script = Mapping[str, Sequence[Play]]


@contextmanager
def house(
    claude: Claude, kind: str, script: Script, *, routes: str = EVERYTHING, relayed: bool = False
) -> Iterator[House]:
    """`relayed`: the client speaks to the relay, else to the gateway itself."""
    upstream = Upstream(script)
    with serving(upstream) as url:
        names = {"key": KEY, "provider_key": PROVIDER_KEY, "models": MODELS[kind], "routes": routes}
        with program(claude.folder, CONFIG.format(kind=kind, url=url, **names)) as gateway:
            relay = Relay(gateway)
            with serving(relay) as front:
                yield House(claude.at(front if relayed else gateway), upstream, relay)


def results(heard: Heard) -> dict[str, Any]:
    """The tools' results in a request: id of the call, less its prefix -> content."""
    found: dict[str, Any] = {}
    for message in heard.json()["messages"]:
        if message["role"] == "tool":
            found[message["tool_call_id"].removeprefix("call_")] = message["content"]
        elif message["role"] == "user" and isinstance(message["content"], list):
            blocks = [block for block in message["content"] if block["type"] == "tool_result"]
            found |= {block["tool_use_id"].removeprefix("toolu_"): block["content"] for block in blocks}
    return found


def bash(name: str, command: str) -> Use:
    return Use(name, "Bash", {"command": command, "description": "Adds two numbers"})


def png(width: int = 8, height: int = 8) -> bytes:
    """A picture of one colour, https://www.w3.org/TR/png-3/."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\xc0\x20\x40" * width) * height
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@both_kinds
def test_a_plain_answer_is_shown(claude: Claude, kind: str) -> None:
    with house(claude, kind, {"MARK_PLAIN": [Play(text="Plain it is: caf\u00e9, \U0001f600.")]}) as at:
        outcome = at.ask("MARK_PLAIN say something")
    assert outcome.good, outcome
    assert outcome.text == "Plain it is: caf\u00e9, \U0001f600."
    assert len(at.heard) == 1


@both_kinds
def test_a_tool_is_run_and_its_output_reaches_the_model(claude: Claude, kind: str) -> None:
    plays = [Play(text="I shall add.", uses=[bash("one", "echo sum=$((40 + 2))")]), Play(text="It is 42.")]
    with house(claude, kind, {"MARK_TOOL": plays}) as at:
        outcome = at.ask("MARK_TOOL add 40 and 2")
    assert outcome.good, outcome
    assert outcome.text == "It is 42."
    first, second = at.heard
    assert results(first) == {}
    assert results(second).keys() == {"one"}
    assert "sum=42" in json.dumps(results(second))


@both_kinds
def test_thinking_is_understood(claude: Claude, kind: str) -> None:
    play = Play(thinking="Six times seven, I wonder.", text="42.")
    with house(claude, kind, {"MARK_THINK": [play]}) as at:
        outcome = at.ask("MARK_THINK what is six times seven")
    assert outcome.good, outcome
    assert outcome.text == "42."
    assert [block["thinking"] for block in outcome.blocks("thinking")] == [play.thinking]
    if kind == ANTHROPIC:
        assert outcome.blocks("thinking")[0]["signature"] == SIGNATURE


@both_kinds
def test_two_parallel_tools_are_run_and_both_outputs_reach_the_model(claude: Claude, kind: str) -> None:
    uses = [bash("left", "echo left=$((1 + 2))"), bash("right", "echo right=$((3 + 4))")]
    plays = [Play(text="Two at once.", uses=uses), Play(text="3 and 7.")]
    with house(claude, kind, {"MARK_TWO": plays}) as at:
        outcome = at.ask("MARK_TWO add twice")
    assert outcome.good, outcome
    assert outcome.text == "3 and 7."
    assert [block["input"] for block in outcome.blocks("tool_use")] == [use.arguments for use in uses]
    found = results(at.heard[1])
    assert found.keys() == {"left", "right"}
    assert "left=3" in json.dumps(found["left"])
    assert "right=7" in json.dumps(found["right"])


@both_kinds
def test_a_tool_that_was_deferred_is_loaded(claude: Claude, kind: str) -> None:
    load = Use("load", "ToolSearch", {"query": "select:WebFetch", "max_results": 1})
    with house(claude, kind, {"MARK_LOAD": [Play(uses=[load]), Play(text="Loaded.")]}) as at:
        outcome = at.ask("MARK_LOAD load the tool")
    assert outcome.good, outcome
    assert outcome.text == "Loaded."
    assert "WebFetch" in json.dumps(results(at.heard[1])["load"])
    assert [("WebFetch" in tool_names(heard)) for heard in at.heard] == [False, True]


def tool_names(heard: Heard) -> set[str]:
    """The tools of a request."""
    return {tool.get("function", tool)["name"] for tool in heard.json()["tools"]}


@both_kinds
def test_a_picture_that_was_read_reaches_the_model(claude: Claude, kind: str) -> None:
    picture = claude.work / "dot.png"
    picture.write_bytes(png())
    use = Use("look", "Read", {"file_path": str(picture)})
    with house(claude, kind, {"MARK_LOOK": [Play(text="I look.", uses=[use]), Play(text="It is red.")]}) as at:
        outcome = at.ask("MARK_LOOK what colour is it")
    assert outcome.good, outcome
    assert outcome.text == "It is red."
    data = base64.b64encode(png()).decode()
    assert pictures(at.heard[1]) == [data]


def pictures(heard: Heard) -> list[str]:
    """The base64 of the pictures in a request: in tools' results, or in user messages where a result holds none."""
    blocks = [
        block
        for message in heard.json()["messages"]
        if message["role"] == "user" and isinstance(message["content"], list)
        for block in message["content"]
    ]
    inside = [part for block in blocks if block["type"] == "tool_result" for part in block["content"]]
    found = [part["source"]["data"] for part in inside if part["type"] == "image"]
    urls = [block["image_url"]["url"] for block in blocks if block["type"] == "image_url"]
    return found + [url.removeprefix("data:image/png;base64,") for url in urls]


@both_kinds
def test_a_conversation_that_is_resumed_brings_its_earlier_turns(claude: Claude, kind: str) -> None:
    script = {"MARK_FIRST": [Play(text="I keep the number 4711.")], "MARK_SECOND": [Play(text="It was 4711.")]}
    with house(claude, kind, script) as at:
        assert at.ask("MARK_FIRST keep 4711").good
        outcome = at.ask("MARK_SECOND which number", "--continue")
    assert outcome.good, outcome
    assert outcome.text == "It was 4711."
    asked = json.dumps(at.heard[-1].json()["messages"])
    places = [asked.find(text) for text in ("MARK_FIRST keep 4711", "I keep the number 4711.", "MARK_SECOND which")]
    assert -1 not in places
    assert places == sorted(places)


@both_kinds
def test_the_tokens_are_those_that_the_model_told(claude: Claude, kind: str) -> None:
    tokens = Tokens(fresh=400, cached=600, written=30 if kind == ANTHROPIC else 0, output=50)
    with house(claude, kind, {"MARK_COUNT": [Play(text="Counted.", tokens=tokens)]}) as at:
        outcome = at.ask("MARK_COUNT count")
    assert outcome.good, outcome
    usage = outcome.result["usage"]
    told = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")
    assert [usage[name] for name in told] == [tokens.fresh, tokens.cached, tokens.written, tokens.output]


def test_in_the_same_dialect_both_legs_carry_the_same_bytes(claude: Claude) -> None:
    (claude.work / "dot.png").write_bytes(png())
    look = Use("look", "Read", {"file_path": str(claude.work / "dot.png")})
    first = Play(thinking="Add, and look.", text="Caf\u00e9.", uses=[bash("one", "echo sum=$((40 + 2))"), look])
    with house(claude, ANTHROPIC, {"MARK_SAME": [first, Play(text="Done.")]}, relayed=True) as at:
        outcome = at.ask("MARK_SAME caf\u00e9 \U0001f600")
    assert outcome.good, outcome
    assert len(at.heard) == 2
    for above, below in zip(at.relay.heard, at.heard, strict=True):
        assert below.body == above.body
        assert below.reply == above.reply
        assert (below.path, below.query) == (above.path, above.query)
        for name in ("anthropic-beta", "anthropic-version", "user-agent", "x-claude-code-session-id"):
            assert below.headers[name] == above.headers[name]
        assert KEY not in str(below.headers)


@both_kinds
def test_a_wrong_key_ends_the_client_after_one_request(claude: Claude, kind: str) -> None:
    with house(claude, kind, {"MARK_PLAIN": [Play(text="Never.")]}, relayed=True) as at:
        outcome = at.ask.with_key("sk-wrong")("MARK_PLAIN say something")
    assert outcome.code == 1
    assert outcome.result["is_error"]
    assert [heard.status for heard in at.relay.heard] == [401]
    assert at.heard == []
    assert outcome.text.startswith("Not logged in")


@both_kinds
def test_an_upstream_that_refuses_our_key_ends_the_client_without_a_login_prompt(claude: Claude, kind: str) -> None:
    refusal = Play(status=401, text="this key was revoked")
    with house(claude, kind, {"MARK_REFUSED": [refusal]}, relayed=True) as at:
        outcome = at.ask("MARK_REFUSED say something")
    assert outcome.code == 1
    assert outcome.result["is_error"]
    assert len(at.relay.heard) == 1
    assert "this key was revoked" in outcome.text
    assert "/login" not in outcome.text
    assert PROVIDER_KEY not in str(at.relay.heard)


@both_kinds
def test_a_stream_that_is_cut_is_asked_for_again(claude: Claude, kind: str) -> None:
    plays = [Play(text="Half an answ", cut=True), Play(text="A whole answer.")]
    with house(claude, kind, {"MARK_CUT": plays}, relayed=True) as at:
        outcome = at.ask("MARK_CUT say something")
    assert outcome.good, outcome
    assert outcome.text == "A whole answer."
    assert len(at.heard) == 2
    assert b"event: error" in at.relay.heard[0].reply


@both_kinds
def test_a_stream_that_is_cut_in_a_tools_arguments_runs_no_tool(claude: Claude, kind: str) -> None:
    use = Use("one", "Bash", {"command": "touch was-run", "description": "Leaves a file"})
    plays = [Play(text="I shall.", uses=[use], cut=True), Play(text="I shall not.")]
    with house(claude, kind, {"MARK_CUT_TOOL": plays}) as at:
        outcome = at.ask("MARK_CUT_TOOL leave a file")
    assert outcome.good, outcome
    assert outcome.text.endswith("I shall not.")
    assert len(at.heard) == 2
    assert not list(claude.work.iterdir())


@both_kinds
def test_a_model_that_no_route_knows_is_the_clients_model_error(claude: Claude, kind: str) -> None:
    with house(claude, kind, {"MARK_PLAIN": [Play(text="Known.")]}, routes=SOME_MODELS, relayed=True) as at:
        outcome = at.ask("MARK_PLAIN say something", "--model", "unknown-model")
        assert at.heard == []
        known = at.ask("MARK_PLAIN say something", "--model", "known-model")
    assert outcome.code == 1
    assert outcome.result["is_error"]
    assert "issue with the selected model" in outcome.text
    assert known.good, known
