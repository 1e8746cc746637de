"""What can be answered: one reply for each feature, and where to look for the feature in a reply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from ccgate import ir
from ccgate.testing.fidelity.asking import FIRST, HELLO, NAMED, PATCH, SECOND, WEATHER, bare, user

Look = Callable[[ir.Reply], tuple[Any, ...]]

SEALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "anthropic": "signature",
        "openai_chat": "reasoning_content",
        "openai_responses": "encrypted_content",
        "gemini": "thought_signature",
    }
)
"""What each dialect calls the state that it wants back with a thought."""
WORDS: Final = "Skål, Oslo!"
THOUGHT: Final = "First I think."
SEALED: Final = "RXFRQg=="
"""Base64, as every provider writes it."""


@frozen(kw_only=True)
class Answer:
    """One feature of replies. `build` is told the upstream's dialect."""

    name: str
    build: Callable[[str], ir.Reply]
    look: Look
    tools: tuple[ir.AnyTool, ...] = ()
    """What the caller had offered."""
    whole: bool = True
    """False: there is such a reply only as a stream."""
    otherwise: Look | None = None
    """Where else it may be found."""
    because: str = ""
    """Why a change that `otherwise` finds needs no report."""


def told(*blocks: ir.Block, **fields: Any) -> Callable[[str], ir.Reply]:
    """A reply that is the same in every dialect."""
    whole: dict[str, Any] = {
        "id": "r-1",
        "model": "any-model",
        "usage": ir.Usage(input=9, output=4),
        "reason": "end",
    } | fields
    return lambda _: ir.Reply(blocks=blocks or (ir.Text(WORDS),), **whole)


def failing(_: str) -> ir.Reply:
    failure = ir.Failure.of("overloaded", "too many of us")
    return ir.Reply(id="r-1", model="any-model", blocks=(ir.Text("Sk"),), failure=failure)


def words(reply: ir.Reply) -> tuple[Any, ...]:
    return tuple(block.text for block in reply.blocks if isinstance(block, ir.Text) and not block.refusal)


def refusals(reply: ir.Reply) -> tuple[Any, ...]:
    return tuple(block.text for block in reply.blocks if isinstance(block, ir.Text) and block.refusal)


def thoughts(reply: ir.Reply) -> tuple[Any, ...]:
    return tuple("".join(block.parts) for block in reply.blocks if isinstance(block, ir.Thinking) and block.parts)


def calls(reply: ir.Reply) -> tuple[Any, ...]:
    uses = [block for block in reply.blocks if isinstance(block, ir.ToolUse)]
    return tuple((use.id, use.namespace, use.name, use.form, use.arguments) for use in uses)


def citations(reply: ir.Reply) -> tuple[Any, ...]:
    texts = [block for block in reply.blocks if isinstance(block, ir.Text)]
    return tuple((cited.url, cited.title) for block in texts for cited in bare(block.citations))


def ending(reply: ir.Reply) -> tuple[Any, ...]:
    return () if reply.reason is None else (reply.reason,)


def stopped(reply: ir.Reply) -> tuple[Any, ...]:
    return () if reply.stop is None else (reply.reason, reply.stop)


def counted(*names: str) -> Look:
    """Some buckets of the usage."""

    def look(reply: ir.Reply) -> tuple[Any, ...]:
        usage = reply.usage
        return () if usage is None else tuple(value for name in names if (value := getattr(usage, name)))

    return look


def prompt(reply: ir.Reply) -> tuple[Any, ...]:
    """All tokens of the prompt, whichever bucket they are in, and those of the answer."""
    return () if reply.usage is None else (reply.usage.prompt, reply.usage.output)


def failed(reply: ir.Reply) -> tuple[Any, ...]:
    return () if reply.failure is None else (reply.failure.kind, reply.failure.message)


def used(**fields: Any) -> Callable[[str], ir.Reply]:
    return told(usage=ir.Usage(**fields))


def refused(reply: ir.Reply) -> tuple[Any, ...]:
    """The words of an answer whose end says that it is a refusal."""
    return words(reply) if reply.reason == "refusal" else ()


def written(reply: ir.Reply) -> tuple[Any, ...]:
    """Tokens written to the cache, however long they live there."""
    return () if reply.usage is None else tuple(n for n in reply.usage.cache_write.values() if n)


def ended(name: str, reason: ir.Reason, because: str = "") -> Answer:
    build = told(reason=reason)
    return Answer(name=name, build=build, look=ending, otherwise=ending if because else None, because=because)


CITED: Final = ir.Citation(url="https://example.com/oslo", title="Oslo", text="Oslo is sunny.", start=0, end=11)
PATCHED: Final = ir.ToolUse("call_1", "apply_patch", "*** Begin Patch\n", form="text")
PLACED: Final = ir.ToolUse("call_1", "weather", '{"city":"Oslo"}', "mcp__maps")
STOP: Final = "only an end is told, as of any answer"
LONG: Final = "it is told that the answer is cut short, not why"

ANSWERS: Final = (
    Answer(name="text", build=told(), look=words),
    Answer(
        name="refusal",
        build=told(ir.Text("I will not.", refusal=True), reason="refusal"),
        look=refusals,
        otherwise=refused,
        because="its words are told as text, and the end says that it is a refusal",
    ),
    Answer(name="thinking", build=told(ir.Thinking((THOUGHT,), "summary"), ir.Text(WORDS)), look=thoughts),
    Answer(name="tool call", build=told(FIRST, reason="tool_use"), look=calls, tools=(WEATHER,)),
    Answer(
        name="text, then parallel tool calls",
        build=told(HELLO, FIRST, SECOND, reason="tool_use"),
        look=lambda reply: (*words(reply), *calls(reply)),
        tools=(WEATHER,),
    ),
    Answer(name="free-text call", build=told(PATCHED, reason="tool_use"), look=calls, tools=(PATCH,)),
    Answer(
        name="call of a namespaced tool",
        build=told(PLACED, reason="tool_use"),
        look=calls,
        tools=(ir.Tool("weather", "Tells the weather.", WEATHER.schema, namespace=NAMED),),
    ),
    Answer(name="citation of a web page", build=told(ir.Text(WORDS, citations=(CITED,))), look=citations),
    ended("end: done", "end"),
    Answer(name="end: tool calls", build=told(FIRST, reason="tool_use"), look=ending, tools=(WEATHER,)),
    ended("end: limit reached", "limit"),
    ended("end: context full", "context_full", LONG),
    ended("end: stop sequence", "stop", STOP),
    Answer(name="which stop sequence", build=told(reason="stop", stop="END"), look=stopped),
    ended("end: refused", "refusal"),
    ended("end: paused", "pause", STOP),
    Answer(name="usage: prompt and answer", build=used(input=9, output=4), look=prompt),
    Answer(name="usage: read from the cache", build=used(input=9, cache_read=5, output=4), look=counted("cache_read")),
    Answer(
        name="usage: written to the cache",
        build=used(input=9, cache_write={"5m": 7}, output=4),
        look=written,
        otherwise=prompt,
        because="they count as tokens of the prompt",
    ),
    Answer(name="usage: reasoning", build=used(input=9, output=8, reasoning=3), look=counted("reasoning")),
    Answer(name="failure in mid-stream", build=failing, look=failed, whole=False),
)


def asked(answer: Answer, *, stream: bool) -> ir.Request:
    """What the caller had asked."""
    return ir.Request(model="any-model", turns=(user(HELLO),), tools=answer.tools, stream=stream)
