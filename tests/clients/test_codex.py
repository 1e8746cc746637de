"""The Codex CLI itself through the program, with a scripted model behind it that is asked in each of four dialects."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen

from ccgate.testing.serve import serving
from clients.codex import Codex, Outcome
from clients.codex_upstream import HEARING, SEARCH, Call, Everyone, Hearing
from clients.processes import KEY, PROVIDER_KEY, program
from clients.upstream import SIGNATURE, Heard, Play, Tokens, Use

pytestmark = pytest.mark.clients

RESPONSES, CHAT, ANTHROPIC, GEMINI = "openai-responses", "openai-compatible", "anthropic-compatible", "gemini"
KINDS = [RESPONSES, CHAT, ANTHROPIC, GEMINI]
every_kind = pytest.mark.parametrize("kind", KINDS)
KNOWN, UNKNOWN = "gpt-5.5", "some-unknown-model"
every_model = pytest.mark.parametrize("model", [KNOWN, UNKNOWN, None], ids=["known", "unknown", "default"])

CONFIG = """
[auth]
api_keys = ["{key}"]

[[providers]]
name = "scripted"
kind = "{kind}"
base_url = "{url}"
api_key = "{provider_key}"

[[routes]]
to = ["scripted"]
"""

PATCH = """*** Begin Patch
*** Add File: patched.txt
+hello from the patch
+a second "line" with \\ and \u00fc
*** End Patch
"""
PATCHED = 'hello from the patch\na second "line" with \\ and \u00fc\n'


@pytest.fixture
def codex(tmp_path: Path) -> Codex:
    binary = os.environ.get("CCGATE_CODEX_BIN")
    if not binary:
        pytest.skip("CCGATE_CODEX_BIN names no Codex; `nox -s clients` installs one and names it")
    for name in ("work", "home"):
        (tmp_path / name).mkdir()
    return Codex(binary=binary, folder=tmp_path)


@frozen
class House:
    """A scripted model, and the client that speaks to the gateway before it."""

    ask: Codex
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

    @property
    def calls(self) -> list[list[Call]]:
        """The calls of tools in each request."""
        return [list(self.hearing.calls(heard.json()).values()) for heard in self.heard]

    @property
    def offered(self) -> list[set[str]]:
        """The names of the tools in each request."""
        return [self.hearing.offered(heard.json()) for heard in self.heard]


@contextmanager
def house(codex: Codex, kind: str, script: Mapping[str, Sequence[Play]]) -> Iterator[House]:
    upstream = Everyone(script)
    with serving(upstream) as url:
        base = f"{url}/v1" if kind == RESPONSES else url
        config = CONFIG.format(kind=kind, url=base, key=KEY, provider_key=PROVIDER_KEY)
        with program(codex.folder, config) as gateway:
            yield House(codex.at(gateway), upstream, HEARING[kind])


def ran(outcome: Outcome) -> list[tuple[str, int]]:
    """The commands' outputs and exit codes, as the client tells them."""
    return [(item["aggregated_output"], item["exit_code"]) for item in outcome.items("command_execution")]


def adding(at: House) -> Use:
    """A call of the tool that runs commands: the client's default model has one that takes a program."""
    if at.ask.model is None:
        program = 'const r = await tools.exec_command({cmd: "echo sum=$((40 + 2))"}); text(r.output);'
        return Use("one", "functions__exec", {"input": program})
    return Use("one", "exec_command", {"cmd": "echo sum=$((40 + 2))"})


@every_model
@every_kind
def test_a_plain_answer_is_shown(codex: Codex, kind: str, model: str | None) -> None:
    play = Play(text="Plain it is: caf\u00e9, \U0001f600.", tokens=Tokens(fresh=400, cached=600, output=50))
    with house(codex.asking(model), kind, {"MARK_PLAIN": [play]}) as at:
        outcome = at.ask("MARK_PLAIN say something")
    assert outcome.good, outcome
    assert outcome.text == play.text
    assert len(at.heard) == 1
    told = ("input_tokens", "cached_input_tokens", "output_tokens")
    assert [outcome.usage[name] for name in told] == [1000, 600, 50]


@every_model
@every_kind
def test_a_command_is_run_and_its_output_reaches_the_model(codex: Codex, kind: str, model: str | None) -> None:
    script: dict[str, list[Play]] = {"MARK_EXEC": []}
    with house(codex.asking(model), kind, script) as at:
        use = adding(at)
        script["MARK_EXEC"] += [Play(text="I shall add.", uses=[use]), Play(text="It is 42.")]
        outcome = at.ask("MARK_EXEC add 40 and 2")
    assert outcome.good, outcome
    assert outcome.text == "It is 42."
    assert use.name in at.offered[0]
    none, (output,) = at.outputs
    assert none == []
    assert "sum=42" in output
    assert at.calls[1] == [(use.name, use.arguments)]


@every_kind
def test_thoughts_go_back_where_they_came_from(codex: Codex, kind: str) -> None:
    use = Use("one", "exec_command", {"cmd": "echo sum=$((40 + 2))"})
    play = Play(thinking="  Six times seven,\n\nI wonder. ", text="I shall add.", uses=[use])
    with house(codex, kind, {"MARK_THINK": [play, Play(text="It is 42.")]}) as at:
        outcome = at.ask("MARK_THINK what is six times seven")
    assert outcome.good, outcome
    assert outcome.text == "It is 42."
    said = json.dumps(at.hearing.said(at.heard[1].json()))
    if kind != GEMINI:  # which wants its signature and no words
        assert json.dumps(play.thinking)[1:-1] in said
    if kind != CHAT:  # which signs nothing
        assert SIGNATURE in said


def test_one_answer_of_a_chat_model_goes_back_as_one_message(codex: Codex) -> None:
    """The client keeps thoughts, text and call as items of their own. DeepSeek wants the thoughts beside the call."""
    use = Use("one", "exec_command", {"cmd": "echo sum=$((40 + 2))"})
    play = Play(thinking="Six times seven.", text="I shall add.", uses=[use])
    with house(codex, CHAT, {"MARK_ONE": [play, Play(text="It is 42.")]}) as at:
        assert at.ask("MARK_ONE what is six times seven").good
    said = [message for message in at.heard[1].json()["messages"] if message["role"] == "assistant"]
    assert [(message["content"], message.get("reasoning_content")) for message in said] == [(play.text, play.thinking)]
    assert "tool_calls" in said[0]


@every_kind
def test_two_commands_at_once_are_run_and_both_outputs_reach_the_model(codex: Codex, kind: str) -> None:
    uses = [Use(name, "exec_command", {"cmd": f"echo {name}=$(({n} + 2))"}) for n, name in enumerate(("left", "right"))]
    with house(codex, kind, {"MARK_TWO": [Play(uses=uses), Play(text="2 and 3.")]}) as at:
        outcome = at.ask("MARK_TWO add twice")
    assert outcome.good, outcome
    assert outcome.text == "2 and 3."
    asked = at.heard[1].json()
    calls, outputs = at.hearing.calls(asked), at.hearing.outputs(asked)
    assert list(calls.values()) == [(use.name, use.arguments) for use in uses]
    assert [word in outputs[id_] for id_, word in zip(calls, ("left=2", "right=3"), strict=True)] == [True, True]


@every_kind
def test_a_patch_lands_on_the_disk(codex: Codex, kind: str) -> None:
    use = Use("edit", "apply_patch", {"input": PATCH})
    with house(codex, kind, {"MARK_PATCH": [Play(uses=[use]), Play(text="Patched.")]}) as at:
        outcome = at.ask("MARK_PATCH add a file")
    assert outcome.good, outcome
    assert outcome.text == "Patched."
    assert (codex.work / "patched.txt").read_text() == PATCHED
    assert "apply_patch" in at.offered[0]
    (output,) = at.outputs[1]
    assert "Success" in output
    assert [item["changes"][0]["kind"] for item in outcome.items("file_change")] == ["add"]
    assert at.calls == [[], [("apply_patch", {"input": PATCH})]]


@every_kind
def test_a_tool_of_an_mcp_server_answers(codex: Codex, kind: str) -> None:
    use = Use("echo", "mcp__echo__echo", {"text": "ping caf\u00e9"})
    script = {"MARK_MCP": [Play(uses=[use]), Play(text="Echoed.")]}
    with house(codex.asking(UNKNOWN).with_echo(), kind, script) as at:
        outcome = at.ask("MARK_MCP say it again")
    assert outcome.good, outcome
    assert outcome.text == "Echoed."
    assert use.name in at.offered[0]
    (output,) = at.outputs[1]
    assert "ECHOED ping caf\\u00e9" in output
    assert at.calls[1] == [(use.name, use.arguments)]


@pytest.mark.parametrize("kind", [RESPONSES, CHAT, ANTHROPIC, GEMINI])
def test_a_tool_of_an_mcp_server_is_found_and_answers(codex: Codex, kind: str) -> None:
    """To a model that the client knows it does not show such tools before they are looked for."""
    uses = [Use("find", SEARCH, {"query": "echo", "limit": 1}), Use("echo", "mcp__echo__echo", {"text": "ping"})]
    script = {"MARK_MCP": [*(Play(uses=[use]) for use in uses), Play(text="Echoed.")]}
    with house(codex.with_echo(), kind, script) as at:
        outcome = at.ask("MARK_MCP say it again")
    assert outcome.good, outcome
    assert outcome.text == "Echoed."
    assert [SEARCH in offered for offered in at.offered] == [True, True, True]
    assert [uses[1].name in offered for offered in at.offered] == [False, True, True]
    assert "ECHOED ping" in at.outputs[2][1]
    assert at.calls[2] == [(use.name, use.arguments) for use in uses]


@every_kind
def test_a_conversation_that_is_resumed_brings_its_earlier_turns(codex: Codex, kind: str) -> None:
    use = Use("one", "exec_command", {"cmd": "echo kept=$((4700 + 11))"})
    script = {
        "MARK_FIRST": [Play(uses=[use]), Play(text="I keep the number 4711.")],
        "MARK_SECOND": [Play(text="It was 4711.")],
    }
    with house(codex, kind, script) as at:
        assert at.ask("MARK_FIRST keep 4711").good
        outcome = at.ask("MARK_SECOND which number", "resume", "--last")
    assert outcome.good, outcome
    assert outcome.text == "It was 4711."
    asked = json.dumps(at.hearing.said(at.heard[-1].json()))
    told = ("MARK_FIRST keep 4711", "kept=4711", "I keep the number 4711.", "MARK_SECOND which number")
    places = [asked.find(text) for text in told]
    assert -1 not in places
    assert places == sorted(places)
    assert [len(outputs) for outputs in at.outputs] == [0, 1, 1]
