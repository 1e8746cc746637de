"""Each translator alone, in ten lines: any request into any dialect, and any reply back. No server, no event loop.

python examples/translate_every.py
"""

from __future__ import annotations

import json
from typing import Any

from attrs import evolve

from ccgate import ir, translator

DIALECTS = ("anthropic", "openai_chat", "openai_responses", "gemini")
CHAT: dict[str, Any] = {
    "model": "gpt-x",
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}],
}
REPLY = ir.Reply(id="r1", model="gpt-x", blocks=(ir.Text("Hello."),), reason="end")


def request_as(dialect: str, body: dict[str, Any], *, of: str, model: str) -> tuple[str, dict[str, Any]]:
    """A request of one dialect, said in another: where it goes, and its body."""
    request = evolve(translator(of).read_request(body), model=model)
    draft = translator(dialect).write_request(request)
    return draft.path, draft.body


def reply_as(dialect: str, reply: ir.Reply, *, stream: bool) -> bytes:
    """A reply, said in a dialect: as the events of a stream, or as one document."""
    encoder = translator(dialect).encoder(stream=stream)
    return b"".join(encoder.feed(event) for event in ir.unfold(reply)) + encoder.close()


def reply_of(dialect: str, data: bytes, *, stream: bool) -> ir.Reply:
    """What a server of a dialect answered."""
    decoder = translator(dialect).decoder(stream=stream)
    return ir.fold([*decoder.feed(data), *decoder.close()])


def main() -> None:
    """Say the same in all four."""
    for dialect in DIALECTS:
        path, body = request_as(dialect, CHAT, of="openai_chat", model="some-model")
        print(f"{dialect}: POST {path}\n{json.dumps(body)}\n")
        print(reply_as(dialect, REPLY, stream=True).decode())


if __name__ == "__main__":
    main()
