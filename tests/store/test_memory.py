"""Bindings that slide, members that rest."""

from __future__ import annotations

from ccgate.policy.selectors import Standing
from ccgate.store import Ask, MemoryStore, Report
from ccgate.testing import FakeClock

MEMBERS = ("a", "b")


async def known(store: MemoryStore, conversation: str | None = "c1") -> Standing:
    return await store.begin(Ask(members=MEMBERS, conversation=conversation))


async def test_a_conversation_stays_with_the_member_that_answered_it() -> None:
    store = MemoryStore(clock=FakeClock())
    await store.report(Report(answered="b", conversation="c1"))
    assert (await known(store)).bound == "b"
    assert (await known(store, "c2")).bound is None


async def test_a_call_that_names_no_session_is_not_bound() -> None:
    store = MemoryStore(clock=FakeClock())
    await store.report(Report(answered="b"))
    assert (await known(store, None)).bound is None


async def test_each_answer_renews_a_binding_and_silence_ends_it() -> None:
    clock = FakeClock()
    store = MemoryStore(ttl=300, clock=clock)
    await store.report(Report(answered="b", conversation="c1"))
    clock.advance(299)
    await store.report(Report(answered="b", conversation="c1", was_bound="b"))
    clock.advance(299)
    assert (await known(store)).bound == "b"
    clock.advance(1)
    assert (await known(store)).bound is None


async def test_a_binding_moves_to_the_survivor() -> None:
    store = MemoryStore(clock=FakeClock())
    await store.report(Report(answered="a", conversation="c1"))
    await store.report(Report(answered="b", conversation="c1", was_bound="a"))
    assert (await known(store)).bound == "b"


async def test_a_binding_that_changed_meanwhile_is_left_alone() -> None:
    store = MemoryStore(clock=FakeClock())
    await store.report(Report(answered="b", conversation="c1"))
    await store.report(Report(answered="a", conversation="c1", was_bound="somebody else"))
    assert (await known(store)).bound == "b"


async def test_the_oldest_bindings_go_first_when_there_are_too_many() -> None:
    store = MemoryStore(most=2, clock=FakeClock())
    for conversation in ("c1", "c2", "c1", "c3"):
        bound = (await known(store, conversation)).bound
        await store.report(Report(answered="a", conversation=conversation, was_bound=bound))
    assert [(await known(store, name)).bound for name in ("c1", "c2", "c3")] == ["a", None, "a"]


async def test_a_parked_member_is_told_with_the_seconds_it_still_rests() -> None:
    clock = FakeClock()
    store = MemoryStore(clock=clock)
    await store.report(Report(answered=None, parked=[("a", 10.0), ("stranger", 99.0)]))
    clock.advance(4)
    assert (await known(store)).parked == {"a": 6.0}
    clock.advance(6)
    assert (await known(store)).parked == {}


async def test_an_answer_ends_the_pause() -> None:
    store = MemoryStore(clock=FakeClock())
    await store.report(Report(answered=None, parked=[("a", 10.0)]))
    await store.report(Report(answered="a"))
    assert (await known(store)).parked == {}
