from __future__ import annotations

from typing import Any

import pytest

from ccgate.settings.environment import assignments


@pytest.mark.parametrize(
    ("name", "text", "path", "value"),
    [
        ("MODE", "compare", ("mode",), "compare"),
        ("SERVER__PORT", "80", ("server", "port"), 80),
        ("SERVER_PORT", "80", ("server", "port"), 80),
        ("SERVER_PORT", "eighty", ("server", "port"), "eighty"),
        ("SERVER_ALLOWED_HOSTS", "a, b", ("server", "allowed_hosts"), ["a", "b"]),
        ("SERVER_ALLOWED_HOSTS", '["a"]', ("server", "allowed_hosts"), ["a"]),
        ("SERVER_ALLOWED_HOSTS", "", ("server", "allowed_hosts"), []),
        ("SERVER_ALLOWED_HOSTS_0", "a", ("server", "allowed_hosts", 0), "a"),
        ("AUTH_OPEN", "Yes", ("auth", "open"), True),
        ("AUTH_OPEN", "0", ("auth", "open"), False),
        ("AUTH_OPEN", "maybe", ("auth", "open"), "maybe"),
        ("AUTH_API_KEYS", "12,34", ("auth", "api_keys"), ["12", "34"]),
        ("AUTH_API_KEYS_0", "12", ("auth", "api_keys", 0), "12"),
        ("AUTH_API_KEYS_0", '{"key": "k"}', ("auth", "api_keys", 0), {"key": "k"}),
        ("AUTH__API_KEYS__0__KEY", "12", ("auth", "api_keys", 0, "key"), "12"),
        ("PROVIDERS__0__API_KEY", "12", ("providers", 0, "api_key"), "12"),
        ("PROVIDERS_0_API_KEY", "12", ("providers", 0, "api_key"), "12"),
        ("PROVIDERS_10_API_KEYS_1", "12", ("providers", 10, "api_keys", 1), "12"),
        ("PROVIDERS_0__BASE_URL", "u", ("providers", 0, "base_url"), "u"),
        ("PROVIDERS_0_WEIGHT", "1.5", ("providers", 0, "weight"), 1.5),
        ("PROVIDERS_0_VERIFY", "false", ("providers", 0, "verify"), False),
        ("PROVIDERS_0_VERIFY", "/ca.pem", ("providers", 0, "verify"), "/ca.pem"),
        ("PROVIDERS_0_HEADERS", '{"a": "b"}', ("providers", 0, "headers"), {"a": "b"}),
        ("PROVIDERS", '[{"name": "openai"}]', ("providers",), [{"name": "openai"}]),
        ("LIMITS_MAX_BODY", "10 MB", ("limits", "max_body"), "10 MB"),
        ("LIMITS_IDLE_TIMEOUT", "300", ("limits", "idle_timeout"), 300),
        ("HEALTH_INTERVAL", "5m", ("health", "interval"), "5m"),
        ("RATE_LIMIT_BURST", "5", ("rate_limit", "burst"), 5),
        ("RATE_LIMIT", "{}", ("rate_limit",), {}),
        ("ROUTES_0_TO", "a,b", ("routes", 0, "to"), ["a", "b"]),
        ("ROUTES_0_TO_0", "a,b", ("routes", 0, "to", 0), "a,b"),
        ("ROUTES_0_WHEN_0", "a:b", ("routes", 0, "when", 0), "a:b"),
        ("ROUTES_0_WHEN_0", '{"rule": "background"}', ("routes", 0, "when", 0), {"rule": "background"}),
        ("MODES_ALLOW_ANTHROPIC_ONLY", "true", ("modes", "allow_anthropic_only"), True),
        ("MIDDLEWARE_0_USE", "a:b", ("middleware", 0, "use"), "a:b"),
    ],
)
def test_a_name_is_a_path_with_one_underscore_or_two(name: str, text: str, path: tuple[Any, ...], value: Any) -> None:
    found, warnings = assignments({f"CCGATE_{name}": text})
    assert warnings == []
    assert [(item.path, item.value, item.name) for item in found] == [(path, value, f"CCGATE_{name}")]
    assert type(found[0].value) is type(value)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("CCGATE_SERVER_PROT", " (did you mean 'CCGATE_SERVER__PORT'?)"),
        ("CCGATE_MOD", " (did you mean 'CCGATE_MODE'?)"),
        ("CCGATE_HOMES", " (did you mean 'CCGATE_HOME'?)"),
        ("CCGATE_XYZXYZXYZXYZXYZ", ""),
        ("CCGATE_PROVIDERS_X_NAME", None),
        ("CCGATE_PROVIDERS_0_HEADERS_X", None),
        ("CCGATE_MIDDLEWARE_0_OPTIONS", None),
        ("CCGATE_SERVER_", None),
        ("CCGATE_SERVER__PORT__", None),
        ("CCGATE_MODE_", None),
        ("CCGATE_PROVIDERS_0_", None),
    ],
)
def test_a_name_nobody_knows_is_a_warning_and_never_tells_its_value(name: str, hint: str | None) -> None:
    found, warnings = assignments({name: "secret1"})
    assert found == []
    assert len(warnings) == 1
    assert warnings[0].startswith(f"{name} is not a setting, and is not read")
    assert "secret1" not in warnings[0]
    if hint is not None:
        assert warnings == [f"{name} is not a setting, and is not read{hint}"]


def test_the_programs_own_names_and_those_of_others_are_left_alone() -> None:
    names = ("CCGATE_CONFIG", "CCGATE_HOME", "CCGATE_API_KEY", "CCGATE_LOG_LEVEL", "PORT", "HOST", "APIKEY")
    assert assignments(dict.fromkeys(names, "x")) == ([], [])


def test_wider_places_come_first_and_lists_in_their_order() -> None:
    names = ("PROVIDERS_10_NAME", "PROVIDERS_2_NAME", "PROVIDERS", "MODE", "PROVIDERS_2__KIND")
    found, _ = assignments({f"CCGATE_{name}": "[]" for name in names})
    assert [item.path for item in found] == [
        ("mode",),
        ("providers",),
        ("providers", 2, "kind"),
        ("providers", 2, "name"),
        ("providers", 10, "name"),
    ]


def test_the_value_of_a_variable_is_not_shown() -> None:
    found, _ = assignments({"CCGATE_PROVIDERS_0_API_KEY": "secret1"})
    assert "secret1" not in repr(found)
