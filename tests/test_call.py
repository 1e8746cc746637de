"""One object per request, found in the scope, stoppable until its answer is complete."""

from __future__ import annotations

from typing import Any

import pytest

from ccgate import ir
from ccgate.call import Call, Target, route_path
from ccgate.errors import Aborted
from ccgate.surfaces import Surfaces
from ccgate.testing import ScriptedTransport
from ccgate.transport import Outbound
from ccgate.wire.jsontext import JsonText
from scripted import KEY, Heard


def scope(path: str = "/v1/messages", **more: Any) -> dict[str, Any]:
    return {"type": "http", "method": "POST", "path": path, "headers": [], **more}


def test_a_call_is_made_once_and_found_again():
    one = scope()
    call = Call.of(one)
    assert Call.of(one) is call
    assert Call.of({**one, "path": "/elsewhere"}) is call


def test_every_call_has_an_id_of_its_own():
    first, second = Call.of(scope()), Call.of(scope())
    assert first.id != second.id
    assert first.id.startswith("req_")


def test_a_call_knows_what_the_scope_says():
    client = ("10.0.0.1", 1234)
    call = Call.of(scope(query_string=b"beta=true", headers=[(b"X-Api-Key", b"a key")], client=client))
    assert (call.method, call.path, call.query, call.peer) == ("POST", "/v1/messages", b"beta=true", "10.0.0.1")
    assert call.headers == ((b"x-api-key", b"a key"),)
    assert call.credentials == (b"a key",)
    assert call.surface is not None
    assert call.surface.operation == "generate"
    assert call.client.dialect == "anthropic"


def test_a_caller_without_an_address_has_no_peer():
    assert Call.of(scope(client=None)).peer is None
    assert Call.of(scope()).peer is None


def test_a_strange_object_in_the_scope_is_not_taken_for_a_call():
    assert isinstance(Call.of(scope(ccgate="something")), Call)


def test_a_path_that_nobody_serves_still_has_a_dialect_to_answer_in():
    call = Call.of(scope("/v1/messages/batches"))
    assert call.surface is None
    assert call.client.dialect == "anthropic"
    assert Call.of(scope("/v1/embeddings")).client.dialect == "openai_chat"


def test_the_surfaces_of_a_gateway_are_used():
    call = Call.of(scope("/v1/chat/completions"), Surfaces.of(["anthropic"]))
    assert call.surface is None
    assert call.client.dialect == "anthropic"


@pytest.mark.parametrize(
    ("path", "root", "below"),
    [
        ("/v1/messages", "", "/v1/messages"),
        ("/llm/v1/messages", "/llm", "/v1/messages"),
        ("/llm/v1/messages", "/llm/", "/v1/messages"),
        ("/v1/messages", "/llm", "/v1/messages"),
        ("/llmx/v1/messages", "/llm", "/llmx/v1/messages"),
        ("/llm", "/llm", "/"),
        ("/v1/v1/messages", "", "/v1/messages"),
        ("/llm/v1/v1/messages", "/llm", "/v1/messages"),
        ("/v1/v1", "", "/v1/v1"),
        ("/v1/v1x", "", "/v1/v1x"),
    ],
)
def test_the_path_is_told_below_the_mount_and_a_doubled_version_counts_once(path: str, root: str, below: str):
    assert route_path(scope(path, root_path=root)) == below


def test_no_secret_and_no_prompt_shows_in_the_repr():
    call = Call.of(scope(headers=[(b"authorization", b"Bearer " + KEY.encode())]))
    call.body = JsonText.read(b'{"model":"m","messages":[{"role":"user","content":"a prompt"}]}')
    assert KEY not in repr(call)
    assert "a prompt" not in repr(call)


def test_the_request_is_read_once():
    call = Call.of(scope())
    call.body = JsonText.read(b'{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}')
    assert call.request is call.request
    assert call.request.model == "m"


def test_observers_are_told():
    heard = Heard()
    call = Call.of(scope(), observers=(heard,))
    call.tell("something")  # type: ignore[arg-type]
    assert heard == ["something"]


def exchange(transport: ScriptedTransport) -> Any:
    return transport.exchange(Outbound(url="http://upstream.test"))


def test_a_stop_aborts_the_exchange_under_way():
    transport = ScriptedTransport()
    call = Call.of(scope())
    call.watch(exchange(transport))
    call.stop("the client hung up")
    assert call.gone == "the client hung up"
    assert len(transport.aborted) == 1


def test_only_the_first_stop_counts():
    call = Call.of(scope())
    call.stop("first")
    call.stop("second")
    assert call.gone == "first"


def test_after_the_answer_is_complete_a_stop_changes_nothing():
    transport = ScriptedTransport()
    call = Call.of(scope())
    call.watch(exchange(transport))
    call.finish()
    call.stop("the client hung up")
    assert call.gone is None
    assert transport.aborted == []


def test_an_exchange_that_begins_after_the_stop_is_aborted_at_once():
    transport = ScriptedTransport()
    call = Call.of(scope())
    call.stop("gone")
    with pytest.raises(Aborted, match="gone"):
        call.watch(exchange(transport))
    assert len(transport.aborted) == 1
    call.watch(None)


def test_a_stop_without_an_exchange_is_remembered():
    call = Call.of(scope())
    call.watch(None)
    call.stop("gone")
    assert call.gone == "gone"


def test_a_target_begins_with_nothing_lost_and_nothing_known():
    target = Target(provider="p", model="m")
    assert (target.losses, target.usage, target.failure, target.over) == ([], None, None, False)
    target.losses.append(ir.Loss("/x", "dropped", "why"))
    assert Target(provider="p", model="m").losses == []
