"""Which model is asked of whom."""

from __future__ import annotations

import pytest

from ccgate.policy.models import asked_model, split_explicit


@pytest.mark.parametrize(
    ("member", "models", "same_dialect", "asked"),
    [
        pytest.param("m", ("x",), True, "m", id="a member that names a model asks for it"),
        pytest.param(None, ("x",), True, "wanted", id="the same dialect keeps the caller's model"),
        pytest.param(None, ("x", "wanted"), False, "wanted", id="a listed model is kept"),
        pytest.param(None, (), False, "wanted", id="a provider that lists none keeps it"),
        pytest.param(None, ("x", "y"), False, "x", id="else the first that is listed"),
    ],
)
def test_the_model_that_is_asked(member: str | None, models: tuple[str, ...], same_dialect: bool, asked: str) -> None:
    assert asked_model("wanted", member=member, models=models, same_dialect=same_dialect) == asked


@pytest.mark.parametrize(
    ("wanted", "halves"),
    [
        ("openai,gpt-5.5", ("openai", "gpt-5.5")),
        ("openai, gpt-5.5", ("openai", "gpt-5.5")),
        ("nobody,gpt-5.5", ("nobody", "gpt-5.5")),
        ("openai,", ("openai", "")),
        ("openai/gpt-5.5", ("openai", "gpt-5.5")),
        ("openai/a/b", ("openai", "a/b")),
        ("nobody/gpt-5.5", None),
        ("openai/", None),
        ("gpt-5.5", None),
    ],
)
def test_a_provider_named_with_its_model(wanted: str, halves: tuple[str, str] | None) -> None:
    assert split_explicit(wanted, {"openai"}) == halves
