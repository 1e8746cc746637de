"""Who is asked next, which refusal is told, how long a member rests."""

from __future__ import annotations

import pytest

from ccgate.ir import Failure, kind_of, scope_of
from ccgate.policy.failover import UNREACHABLE, Candidate, Outcome, best, failover, park_for


def said(status: int, **more: object) -> Failure:
    """The failure an upstream would mean by this status."""
    kind = kind_of(status)
    return Failure(kind=kind, message="no", status=status, **{"scope": scope_of(kind), "raw": {}, **more})


A1, A2, B1, C1 = (Candidate(provider=name[0], key=name[1]) for name in ("a1", "a2", "b1", "c1"))
MEMBERS = (A1, A2, B1, C1)


def asked(outcomes: list[Outcome], *, attempts: int = 10) -> list[Candidate]:
    """The members that are asked when asking ends so, one outcome after the other."""
    plan = failover(MEMBERS, attempts=attempts)
    order = []
    waiting = iter(outcomes)
    member = next(plan, None)
    while member is not None:
        order.append(member)
        try:
            member = plan.send(next(waiting))
        except StopIteration:
            break
    return order


OK = Outcome(None)


@pytest.mark.parametrize(
    ("outcomes", "order"),
    [
        pytest.param([OK], [A1], id="an answer ends it"),
        pytest.param([Outcome(said(429)), OK], [A1, A2], id="a rate limit goes to the next key"),
        pytest.param([Outcome(said(401)), OK], [A1, A2], id="a refused key goes to the next key"),
        pytest.param([Outcome(said(402)), OK], [A1, A2], id="an empty purse goes to the next key"),
        pytest.param([Outcome(said(403)), OK], [A1, A2], id="a forbidden key goes to the next key"),
        pytest.param([Outcome(said(500)), OK], [A1, B1], id="a broken provider is skipped with all its keys"),
        pytest.param([Outcome(said(529)), OK], [A1, B1], id="an overloaded provider too"),
        pytest.param([Outcome(said(429)), Outcome(said(503)), OK], [A1, A2, B1], id="first the key, then the provider"),
        pytest.param([Outcome(said(400))], [A1], id="a bad request is final"),
        pytest.param([Outcome(said(404))], [A1], id="an unknown model is final"),
        pytest.param([Outcome(said(413))], [A1], id="a body that is too large is final"),
        pytest.param([Outcome(said(400, scope="model")), OK], [A1, A2], id="what one member cannot say the next may"),
        pytest.param([Outcome(said(429))] * 4, [A1, A2, B1, C1], id="everybody is asked once, and nobody twice"),
    ],
)
def test_the_outcome_decides_who_is_next(outcomes: list[Outcome], order: list[Candidate]) -> None:
    assert asked(outcomes) == order


def test_only_requests_that_were_sent_count_as_attempts() -> None:
    free = Outcome(said(429), asked=False)
    assert asked([Outcome(said(429)), Outcome(said(429))], attempts=2) == [A1, A2]
    assert asked([free, Outcome(said(429)), Outcome(said(429))], attempts=2) == [A1, A2, B1]


def test_no_member_means_nothing_to_ask() -> None:
    assert list(failover((), attempts=4)) == []


NETWORK = said(502, code=UNREACHABLE, raw=None)


@pytest.mark.parametrize(
    ("failures", "told"),
    [
        ([said(500), said(400)], 1),
        ([said(429, retry_after=9.0), said(402)], 1),
        ([said(529), said(429)], 1),
        ([said(429, retry_after=9.0), said(429, retry_after=3.0)], 1),
        ([said(500), said(529)], 1),
        ([said(401), said(500)], 1),
        ([NETWORK, said(401)], 1),
        ([said(500), said(502)], 0),
        ([said(502), said(502, raw=None)], 0),
    ],
)
def test_the_most_telling_refusal_is_told(failures: list[Failure], told: int) -> None:
    assert best(failures) == told


@pytest.mark.parametrize(
    ("failure", "pause"),
    [
        (said(401), 60.0),
        (said(402), 60.0),
        (said(403), 60.0),
        (said(429, retry_after=7.0), 7.0),
        (said(429, retry_after=86400.0), 60.0),
        (said(429), 5.0),
        (said(529, retry_after=2.0), 2.0),
        (said(529), None),
        (said(500), None),
        (said(400, retry_after=3.0), None),
    ],
)
def test_a_member_rests_as_long_as_it_asks_but_never_more_than_a_minute(failure: Failure, pause: float | None) -> None:
    assert park_for(failure) == pause
