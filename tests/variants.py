"""What the tests of variants share: the laws of the upstream side, and a conversation written for one."""

from __future__ import annotations

from typing import Any

from ccgate import ir
from ccgate.testing.laws import LAWS
from ccgate.translators.variant import Variant

UPSTREAM = (
    "requests_are_written_as_stated",
    "foreign_blocks_are_dropped_and_reported",
    "a_foreign_block_may_say_something",
    "foreign_extras_are_dropped_and_reported",
    "foreign_tools_are_dropped_and_reported",
    "foreign_seals_are_never_written",
    "replies_are_decoded_as_stated",
    "every_cut_gives_the_same_events",
    "a_stream_cut_short_raises",
    "nonsense_in_a_reply_is_malformed",
    "nonsense_in_a_stream_is_malformed",
    "failures_are_read_as_stated",
)
UPSTREAM_LAWS = tuple(law for law in LAWS if law.__name__ in UPSTREAM)

Losses = list[tuple[str, str, str]]

TOOL = ir.Tool("weather", schema={"type": "object", "properties": {}}, at="/tools/0")
HI = ir.Turn("user", (ir.Text("hi"),))
PNG = ir.Inline("image/png", "iVBORw0KGgo=")


def write(variant: Variant, *turns: ir.Turn, **fields: Any) -> tuple[dict[str, Any], Losses]:
    draft = variant.write_request(ir.Request(**({"turns": turns or (HI,)} | fields)))
    return draft.body, [(loss.at, loss.what, loss.grade) for loss in draft.losses]


def user(*blocks: ir.Block) -> ir.Turn:
    return ir.Turn("user", blocks, at="/user")


def assistant(*blocks: ir.Block) -> ir.Turn:
    return ir.Turn("assistant", blocks, at="/assistant")


def use(id_: str) -> ir.ToolUse:
    return ir.ToolUse(id_, "weather", "{}", at=f"/{id_}")


def answer(id_: str) -> ir.Turn:
    return user(ir.ToolResult(id_, (ir.Text("sunny"),), at=f"/{id_}"))


def thought(words: str, seal: ir.Seal | None = None) -> ir.Thinking:
    return ir.Thinking((words,), seal=seal, at=f"/{words}")


def own(kind: str) -> ir.Seal:
    return ir.Seal("openai_chat", kind, "")


SIGNED = ir.Seal("anthropic", "signature", "EqQB")
