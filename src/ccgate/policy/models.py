"""Which model is asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def asked_model(wanted: str, *, member: str | None, models: Sequence[str], same_dialect: bool) -> str:
    """The model to ask of a provider that lists `models`, when the caller wants `wanted`.

    A route's member may name one ("provider,model"). Else the caller's name is kept where the upstream speaks the
    caller's dialect, lists that model, or lists none; otherwise the first it lists is asked.
    """
    if member:
        return member
    if same_dialect or not models or wanted in models:
        return wanted
    return models[0]


def split_explicit(wanted: str, providers: Collection[str]) -> tuple[str, str] | None:
    """`provider,model`, or `provider/model` where the provider exists: the two halves; None for a plain name.

    A comma always means a provider was named, even one that does not exist: the caller finds out.
    """
    provider, comma, model = wanted.partition(",")
    if comma:
        return provider.strip(), model.strip()
    provider, slash, model = wanted.partition("/")
    return (provider, model) if slash and model and provider in providers else None
