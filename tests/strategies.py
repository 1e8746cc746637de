"""Hypothesis strategies for the words of the IR."""

from __future__ import annotations

import attrs
from hypothesis import strategies as st

from ccgate import ir
from ccgate.ir.events import Reason
from ccgate.ir.failure import STATUS

words = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
names = st.sampled_from(["anthropic", "martian", "venusian"])
tokens = st.integers(0, 2**40)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
marks = st.none() | st.builds(ir.Mark, st.sampled_from([None, "5m", "1h"]))
opaques = st.builds(ir.Opaque, names, json_values, st.none() | words)
extras = st.none() | st.builds(ir.Opaque, names, st.dictionaries(words, json_values, min_size=1, max_size=2))
seals = st.builds(ir.Seal, names, st.sampled_from(["signature", "redacted"]), words)
maybe_seals = st.none() | seals
citations = st.builds(ir.Citation, text=st.none() | words, url=st.none() | words, extra=extras)

texts = st.builds(
    ir.Text,
    words,
    st.booleans(),
    st.lists(citations, max_size=2).map(tuple),
    maybe_seals,
    marks,
    extra=extras,
)
tool_uses = st.builds(
    ir.ToolUse, words, words, words, st.none() | words, st.sampled_from(["json", "text"]), maybe_seals, extra=extras
)
# Thinking of nothing but empty parts is thinking without parts: the two are one.
thoughts = st.builds(
    ir.Thinking,
    st.lists(words, max_size=3).map(lambda parts: tuple(parts) if any(parts) else ()),
    st.sampled_from(["summary", "raw", "redacted"]),
    maybe_seals,
    extra=extras,
)
plain_sources = st.one_of(
    st.builds(ir.Inline, st.sampled_from(["image/png", "application/pdf"]), words),
    st.builds(ir.Url, words),
    st.builds(ir.File, words, names),
    st.builds(ir.Words, words),
)
kinds_of_media = st.sampled_from(["image", "document", "search_result", "audio", "video"])


def _holding(inner: st.SearchStrategy[ir.Block]) -> st.SearchStrategy[ir.Block]:
    several = st.lists(inner, max_size=3).map(tuple)
    return st.builds(ir.ToolResult, words, several, st.booleans()) | st.builds(
        ir.Media, kinds_of_media, st.builds(ir.Parts, several)
    )


tools = st.builds(
    ir.Tool, words, st.none() | words, st.none() | st.dictionaries(words, json_values, max_size=3)
) | st.builds(ir.Hosted, words, opaques)
rigid_blocks = (
    st.builds(ir.Media, kinds_of_media, plain_sources, st.none() | words)
    | st.builds(ir.ToolRef, words)
    | st.builds(ir.Tools, st.lists(tools, max_size=2).map(tuple), st.lists(words, max_size=2).map(tuple))
    | opaques
)
# Three of five grow: they are what streams are about.
blocks = st.one_of(
    texts, tool_uses, thoughts, rigid_blocks, _holding(texts | rigid_blocks | _holding(texts | rigid_blocks))
)

usages = st.builds(
    ir.Usage,
    input=tokens,
    cache_read=tokens,
    cache_write=st.dictionaries(st.sampled_from(["5m", "1h"]), tokens),
    output=tokens,
    reasoning=tokens,
    hosted=st.dictionaries(words, tokens, max_size=2),
    tier=st.none() | words,
    estimated=st.booleans(),
)
failures = st.builds(ir.Failure.of, st.sampled_from(sorted(STATUS)), words)
reasons: st.SearchStrategy[Reason] = st.sampled_from(
    ["end", "limit", "tool_use", "stop", "refusal", "pause", "context_full", "other"]
)


@st.composite
def replies(draw: st.DrawFn, blocks: st.SearchStrategy[ir.Block] = blocks) -> ir.Reply:
    """Whole replies: finished, failed, or both (a failure behind the end)."""
    reply = draw(
        st.builds(
            ir.Reply,
            id=words,
            model=words,
            blocks=st.lists(blocks, max_size=4).map(tuple),
            usage=st.none() | usages,
            extra=extras,
            kept=st.lists(opaques, max_size=2).map(tuple),
        )
    )
    finished = draw(st.booleans())
    if finished:
        reply = attrs.evolve(
            reply, reason=draw(reasons), stop=draw(st.none() | words), detail=draw(st.none() | opaques)
        )
    if not finished or draw(st.booleans()):
        reply = attrs.evolve(reply, failure=draw(failures))
    return reply


@st.composite
def block_events(draw: st.DrawFn, index: int) -> list[ir.Event]:
    """The events of one block, opened with something in it or not."""
    block = draw(blocks)
    pieces: list[ir.Piece] = []
    if isinstance(block, ir.Text):
        pieces = draw(st.lists(words | citations | seals, max_size=4))
    elif isinstance(block, ir.ToolUse):
        pieces = draw(st.lists(words | seals, max_size=4))
    elif isinstance(block, ir.Thinking):
        pieces = draw(st.lists(words | seals | st.just(ir.Break()), max_size=4))
    return [ir.Opened(index, block), *(ir.Delta(index, piece) for piece in pieces), ir.Closed(index)]


@st.composite
def streams(draw: st.DrawFn) -> list[ir.Event]:
    """Legal sequences of events: several blocks at once, meters and kept events anywhere, finished or failed."""
    indexes = draw(st.lists(st.integers(0, 9), unique=True, max_size=4))
    queues = {index: draw(block_events(index)) for index in indexes}
    asides = draw(st.lists(st.builds(ir.Metered, usages) | st.builds(ir.Kept, opaques), max_size=3))
    order = draw(st.permutations([*(index for index in indexes for _ in queues[index]), *[-1] * len(asides)]))
    middle: list[ir.Event] = [(asides if index == -1 else queues[index]).pop(0) for index in order]
    whole: list[ir.Event] = [ir.Started(draw(words), draw(words), draw(extras)), *middle]
    if draw(st.booleans()):
        kept = draw(st.integers(0, len(whole)))
        return [*whole[:kept], ir.Failed(draw(failures))]
    tail = draw(st.lists(st.builds(ir.Metered, usages) | st.builds(ir.Kept, opaques), max_size=2))
    broken = [ir.Failed(draw(failures))] if draw(st.booleans()) else []
    return [*whole, ir.Finished(draw(reasons), draw(st.none() | words), draw(st.none() | opaques)), *tail, *broken]


turns = st.builds(
    ir.Turn, st.sampled_from(["system", "developer", "user", "assistant"]), st.lists(blocks, max_size=3).map(tuple)
)
requests = st.builds(
    ir.Request,
    model=words,
    turns=st.lists(turns, max_size=3).map(tuple),
    tools=st.lists(tools, max_size=2).map(tuple),
    format=st.none() | st.builds(ir.Format, st.just("json_schema"), words, st.dictionaries(words, json_values)),
)
