"""Claude Code sends back what rides in its thinking blocks: other providers' seals, where they were."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import define, field

from ccgate import Auth, Config, Gateway, Provider, Route, ir
from ccgate.testing.laws.walk import encode
from ccgate.testing.serve import serving
from ccgate.translators import find
from clients.processes import KEY, PROVIDER_KEY, Claude
from clients.upstream import Play, Upstream, Use

pytestmark = pytest.mark.clients

ANTHROPIC = find("anthropic")


def seal(n: int) -> ir.Seal:
    return ir.Seal("gemini@g", "thought_signature", f"secret{n}==")


def bash(name: str, n: int) -> ir.ToolUse:
    command = json.dumps({"command": f"echo {name}", "description": "Says a name"}, separators=(",", ":"))
    return ir.ToolUse(name, "Bash", command, seal=seal(n))


COMMAND = {"command": "echo one", "description": "Says a name"}
SAID = (
    ir.Thinking(("Hm. ",), "summary", seal(0)),
    ir.Text("I shall.", seal=seal(1)),
    ir.Thinking((), "redacted", seal(2)),
    bash("toolu_one", 3),
    bash("toolu_two", 4),
)


@define
class Sealing:
    """A model whose first answer is full of seals. They are told before their blocks, or when these are complete."""

    early: bool
    heard: list[Any] = field(factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", scope["type"] == "http"
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if not body:
            return
        self.heard.append(json.loads(body))
        blocks = SAID if len(self.heard) == 1 else (ir.Text("Done."),)
        reply = ir.Reply(id="m", model="m", blocks=blocks, reason="tool_use" if blocks is SAID else "end")
        data, _ = encode(ANTHROPIC, *(opened(reply) if self.early else ir.unfold(reply)), stream=True)
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": data})


def opened(reply: ir.Reply) -> list[ir.Event]:
    """The events of the reply; texts and calls come in one piece."""
    events = list(ir.unfold(ir.Reply(id=reply.id, model=reply.model, reason=reply.reason)))
    for n, block in enumerate(reply.blocks):
        events[-1:-1] = [ir.Opened(n, block), ir.Closed(n)]
    return events


@pytest.mark.parametrize("early", [True, False], ids=["before their blocks", "behind them"])
def test_seals_come_back_from_claude_code_where_they_were(claude: Claude, early: bool) -> None:
    upstream = Sealing(early)
    with serving(upstream) as url:
        outcome = claude.at(url)("Say two names")
    assert outcome.good, outcome
    assert outcome.text.endswith("Done.")
    assert len(upstream.heard) == 2
    request = ANTHROPIC.read_request(upstream.heard[1])
    said = next(turn for turn in request.turns if turn.role == "assistant")
    assert said.blocks == SAID


def test_reasoning_of_a_chat_server_comes_back_to_it_word_by_word(claude: Claude) -> None:
    play = Play(thinking="  First I wonder,\n\nthen I add. ", uses=[Use("one", "Bash", COMMAND)])
    upstream = Upstream({"MARK_REASON": [play, Play(text="Done.")]})
    with serving(upstream) as url:
        provider = Provider(name="chat", kind="openai-compatible", base_url=url, api_key=PROVIDER_KEY, models=["m"])
        gateway = Gateway(Config(providers=[provider], routes=[Route(to=["chat"])], auth=Auth(api_keys=[KEY])))
        with serving(gateway) as front:
            outcome = claude.at(front)("MARK_REASON say a name")
    assert outcome.good, outcome
    said = [message for message in upstream.heard[1].json()["messages"] if message["role"] == "assistant"]
    assert [message["reasoning_content"] for message in said] == [play.thinking]
