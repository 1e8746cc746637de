"""A pool of upstreams that can stand in for each other, asked one after the other until one answers.

An answer is let through when it is known to be one: a stream at its first content, anything else at its status. Until
then every byte is held back (`Attempt`), so that a member that fails, even inside a 200, can be replaced and the
caller never knows. After that nothing is tried again. When all refuse, the caller gets the best of the refusals, as
its upstream said it.

A conversation stays with the member that answered it, where its prompt cache is; a call that names no session is not
bound. Members that asked for a pause come last, and are asked all the same when nobody else answers.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from attrs import define, field, frozen
from starlette.types import ASGIApp, Receive, Scope, Send

from ccgate import ir
from ccgate.call import Call, Target
from ccgate.errors import Aborted, CcgateError
from ccgate.middleware.answers import refuse
from ccgate.middleware.attempt import Attempt
from ccgate.observe import AttemptEnded
from ccgate.policy.failover import Candidate, Outcome, best, failover, park_for
from ccgate.policy.selectors import SELECTORS
from ccgate.store import Ask, MemoryStore, Report, Store


@frozen(kw_only=True)
class Member(Candidate):
    """One upstream of a pool: an app, and the model to ask it for (None: what the caller wants, where it can)."""

    app: ASGIApp = field(repr=False)
    model: str | None = None
    on_loss: str = "report"
    passthrough: bool = False
    """Its refusals of a key are about the caller's own."""

    @property
    def id(self) -> str:
        """Provider, key and model: never an address, which two of them may share."""
        return f"{self.provider}#{self.key},{self.model or ''}"


@define
class Refusal:
    """What a member said instead of an answer."""

    member: Member
    target: Target
    attempt: Attempt
    failure: ir.Failure


@define(eq=False)
class Round:
    """One call, asking one member after the other."""

    call: Call
    send: Send
    refusals: list[Refusal] = field(factory=list)
    answered: Member | None = None
    """Whose answer is out, or has begun to go out."""

    async def ask(self, plan: Generator[Member, Outcome, None], scope: Scope, receive: Receive) -> None:
        """Ask until one answers, or the plan is at its end. Raises what broke an answer, and `Aborted`."""
        member = next(plan, None)
        while member is not None:
            refusal = await self._one(member, scope, receive)
            if refusal is None:
                return
            self.refusals.append(refusal)
            try:
                member = plan.send(Outcome(refusal.failure, asked=refusal.attempt.asked))
            except StopIteration:
                return

    async def _one(self, member: Member, scope: Scope, receive: Receive) -> Refusal | None:
        call = self.call
        if call.gone is not None:
            raise Aborted(call.gone)
        call.target = target = Target(provider=member.provider, model=member.model or "", on_loss=member.on_loss)
        attempt = Attempt(call, self.send)
        try:
            failure = await attempt.run(member.app, scope, receive)
        finally:
            if attempt.committed:
                self.answered = member
        call.tell(
            AttemptEnded(
                call=call.id, provider=target.provider, model=target.model, failure=failure, asked=attempt.asked
            )
        )
        return None if failure is None else Refusal(member, target, attempt, failure)

    @property
    def best(self) -> Refusal:
        """What the caller is told when all refused."""
        return self.refusals[best([refusal.failure for refusal in self.refusals])]

    def report(self, conversation: str | None, was_bound: str | None) -> Report:
        """Who answered, and who asked for a pause."""
        pauses = ((refusal.member.id, park_for(refusal.failure)) for refusal in self.refusals)
        return Report(
            answered=self.answered.id if self.answered else None,
            conversation=conversation,
            was_bound=was_bound,
            parked=[(member, pause) for member, pause in pauses if pause is not None],
        )


@define(kw_only=True)
class Pool:
    """`members` in the order they are written; `attempts` requests at most; `select` is "sticky" or "ordered"."""

    members: Sequence[Member]
    route: str | None = None
    select: str = "sticky"
    attempts: int = 4
    store: Store = field(factory=MemoryStore)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call.of(scope)
        call.route = self.route
        conversation = self._conversation(call)
        ask = Ask(members=[member.id for member in self.members], conversation=conversation)
        standing = await self.store.begin(ask)
        members = SELECTORS.get(self.select, SELECTORS["ordered"])(self.members, standing)
        turn = Round(call, send)
        try:
            await turn.ask(failover(members, attempts=self.attempts), scope, receive)
        except CcgateError:  # a client that hangs up, or a stream that breaks, was answered by somebody all the same
            await self.store.report(turn.report(conversation, standing.bound))
            raise
        await self.store.report(turn.report(conversation, standing.bound))
        if turn.answered is None:
            await tell(call, turn.best, send)

    def _conversation(self, call: Call) -> str | None:
        if call.session is None or self.select != "sticky":
            return None
        return "\n".join((call.principal or "", call.client.dialect, call.session, self.route or ""))


async def tell(call: Call, refusal: Refusal, send: Send) -> None:
    """Give the caller the refusal: as the upstream said it, but for a key that was ours."""
    if call.gone is not None:
        raise Aborted(call.gone)
    call.target = refusal.target
    failure = refusal.failure
    if failure.scope == "key" and failure.status in {401, 403} and not refusal.member.passthrough:
        message = f"the provider {refusal.member.provider!r} refused the gateway's key: {failure.message}"
        await refuse(call, send, ir.Failure.of("provider_key", message, retry=False, code=failure.code))
    elif not await refusal.attempt.release():
        await refuse(call, send, failure)
