"""What we send is what the vendors' own SDKs could have sent: every body validates against their types."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest

from ccgate.testing.fidelity import judge, matrix
from ccgate.testing.fidelity.asking import Feature
from ccgate.testing.fidelity.features import FEATURES
from ccgate.translators import Body, Translator

pydantic = pytest.importorskip("pydantic")

Check = Callable[[Body], None]

OLD = "the SDK's types have only what current models take; older ones take this"
DETAIL = "`detail` is not said where the caller did not; the types demand it"
UNNAMED = "an assistant's message that is a list has no id and status here; the types demand them"
KNOWN: dict[tuple[str, str, str], str] = {
    **{
        (name, client, "anthropic"): OLD
        for name, clients in (
            ("temperature", ("openai_chat", "openai_responses", "gemini")),
            ("top_p", ("openai_chat", "openai_responses", "gemini")),
            ("top_k", ("gemini",)),
        )
        for client in clients
    },
    **{
        (name, client, "openai_responses"): DETAIL
        for name in ("image, inline", "image, by URL")
        for client in ("anthropic", "openai_chat", "gemini")
    },
    ("text, turn by turn", "gemini", "openai_responses"): UNNAMED,
}
"""Bodies of a feature, a client and an upstream that an SDK's types do not know, and why. One that became valid must
leave this table."""


def seen(value: Any) -> None:
    """Go through it all: what the SDKs call iterable is only validated when it is looked at."""
    if isinstance(value, Mapping):
        for each in value.values():
            seen(each)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for each in value:
            seen(each)


def by_type(whole: Any, streamed: Any) -> Check:
    """Typed dictionaries in which no unknown key is allowed: they take that from what they stand in."""
    strictly = pydantic.ConfigDict(extra="forbid")
    adapters = [pydantic.TypeAdapter(tuple[each], config=strictly) for each in (whole, streamed)]

    def check(body: Body) -> None:
        seen(adapters[body.get("stream") is True].validate_python((body,)))

    return check


def anthropic() -> Check:
    params = pytest.importorskip("anthropic.types.message_create_params")
    return by_type(params.MessageCreateParamsNonStreaming, params.MessageCreateParamsStreaming)


def openai_chat() -> Check:
    params = pytest.importorskip("openai.types.chat.completion_create_params")
    return by_type(params.CompletionCreateParamsNonStreaming, params.CompletionCreateParamsStreaming)


def openai_responses() -> Check:
    params = pytest.importorskip("openai.types.responses.response_create_params")
    return by_type(params.ResponseCreateParamsNonStreaming, params.ResponseCreateParamsStreaming)


def gemini() -> Check:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the SDK's own dependencies warn of
        types = pytest.importorskip("google.genai.types")
    parts = {
        "contents": list[types.Content],
        "systemInstruction": types.Content,
        "tools": list[types.Tool],
        "toolConfig": types.ToolConfig,
        "generationConfig": types.GenerationConfig,
    }
    adapters = {key: pydantic.TypeAdapter(each) for key, each in parts.items()}

    def check(body: Body) -> None:
        assert set(body) <= set(adapters), set(body) - set(adapters)
        for key, value in body.items():
            adapters[key].validate_python(value)

    return check


CHECKS = {each.__name__: each for each in (anthropic, openai_chat, openai_responses, gemini)}


@pytest.fixture(scope="module", params=[name for name in matrix.speakers() if name in CHECKS])
def checked(request: pytest.FixtureRequest) -> tuple[Translator, Check]:
    return matrix.speakers()[request.param], CHECKS[request.param]()


def bodies(feature: Feature, upstream: Translator) -> Iterator[tuple[str, Body]]:
    """What becomes of the requests of the clients of the other dialects."""
    for client in matrix.speakers().values():
        written = None if client is upstream else judge.document(client, feature)
        if written is not None:
            yield client.dialect, judge.drafted(upstream, written[1], feature).body


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_body_validates(feature: Feature, checked: tuple[Translator, Check]) -> None:
    upstream, check = checked
    for client, body in bodies(feature, upstream):
        try:
            check(body)
            unknown = ""
        except (pydantic.ValidationError, AssertionError) as error:
            unknown = str(error)
        known = KNOWN.get((feature.name, client, upstream.dialect), "")
        assert bool(unknown) == bool(known), f"{client} -> {upstream.dialect}: {body}\n{unknown}"


def test_an_unknown_field_is_found(checked: tuple[Translator, Check]) -> None:
    upstream, check = checked
    (_, body), *_ = bodies(FEATURES[0], upstream)
    with pytest.raises((pydantic.ValidationError, AssertionError)):
        check({**body, "unheard_of": 1})


def test_an_unknown_field_deep_within_is_found(checked: tuple[Translator, Check]) -> None:
    upstream, check = checked
    (_, body), *_ = bodies(FEATURES[0], upstream)
    key = next(key for key in ("messages", "input", "contents") if key in body)
    first, *rest = body[key]
    with pytest.raises((pydantic.ValidationError, AssertionError)):
        check({**body, key: [{**first, "unheard_of": 1}, *rest]})
