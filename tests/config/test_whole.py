from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import ccgate.config
from ccgate.config import Compare, Config, ConfigErrors, Limits, Modes, Provider, Route
from ccgate.errors import ConfigError

A = Provider(name="a", kind="deepseek", api_key="k")
B = Provider(name="b", kind="anthropic", api_key="k")


def test_a_configuration_is_made_of_lists_and_holds_tuples() -> None:
    config = Config(providers=[A, B], routes=[Route(to=["a"]), Route(name="x", to=["b,m"])], limits=Limits(attempts=2))
    assert config.providers == (A, B)
    assert [route.name for route in config.routes] == ["route-1", "x"]
    assert config.provider("b") is B


def test_nothing_at_all_is_a_configuration() -> None:
    assert Config() == Config(providers=[], mode="target")


def test_a_provider_nobody_configured_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Config().provider("a")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"mode": "targt"}, "mode: must be one of target, compare, anthropic-only (did you mean 'target'?)"),
        ({"providers": [A, B, A]}, "providers[2].name: 'a' is the name of providers[0] already"),
        (
            {"providers": [A], "routes": [Route(name="r", to=["a"]), Route(name="r", to=["a"])]},
            "routes[1].name: 'r' is the name of routes[0] already",
        ),
        (
            {"providers": [Provider(name="deepseek")], "routes": [Route(to=["deepseek", "deepsek,m"])]},
            "routes[0].to[1]: no provider is named 'deepsek' (did you mean 'deepseek'?)",
        ),
        ({"compare": Compare(to="c")}, "compare.to: no provider is named 'c' (none is known)"),
        ({"compare": Compare(to=",c")}, "compare.to: must be `provider` or `provider,model`"),
        ({"mode": "compare"}, "compare.to: is required in mode compare"),
        ({"mode": "anthropic-only"}, "mode: anthropic-only is not allowed (set modes.allow_anthropic_only = true)"),
        ({"modes": Modes(anthropic="x"), "providers": [A]}, "modes.anthropic: no provider is named 'x' (known: a)"),
        ({"providers": "a"}, "a list is needed (write [...] around a single value)"),
    ],
)
def test_what_sections_say_of_each_other_must_fit(given: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config(**given)
    assert str(caught.value) == text


def test_several_problems_are_told_at_once_and_kept_apart() -> None:
    with pytest.raises(ConfigErrors) as caught:
        Config(mode="x", routes=[Route(to=["a"])])
    assert [problem.where for problem in caught.value.problems] == ["mode", "routes[0].to[0]"]
    assert len(str(caught.value).splitlines()) == 2


def test_modes_that_are_allowed_and_complete_are_taken() -> None:
    assert Config(providers=[B], mode="compare", compare=Compare(to="b,m")).mode == "compare"
    modes = Modes(anthropic="b", allow_anthropic_only=True)
    assert Config(providers=[B], mode="anthropic-only", modes=modes).mode == "anthropic-only"


def test_reading_plain_data_costs_nothing_until_it_is_wanted() -> None:
    code = "import ccgate.config, sys; sys.exit('cattrs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert ccgate.config.from_mapping({}) == Config()


def test_a_name_the_module_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'from_maping'"):
        _ = ccgate.config.from_maping
