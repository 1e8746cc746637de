"""Plain data (a parsed file) to a Config: one strict cattrs converter, and every problem in one error.

Strict: text is text, `"77"` is not a number, true is not 1, `models = "abc"` is not three models. Durations and sizes
are the exception: they are numbers or text with a unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin

import attrs
from cattrs import BaseValidationError, Converter, ForbiddenExtraKeysError
from cattrs.errors import AttributeValidationNote, IterableValidationNote
from cattrs.gen import make_dict_structure_fn

from ccgate.config.checks import ConfigErrors, below, each, near, path
from ccgate.config.route import RuleData
from ccgate.config.secret import Secret
from ccgate.config.sections import ApiKey, Plugin
from ccgate.config.units import Seconds, Size, seconds, size
from ccgate.config.whole import Config
from ccgate.errors import ConfigError

Hook = Callable[[Any, Any], Any]


def from_mapping(data: Mapping[str, Any], *, source: str = "") -> Config:
    """A Config from plain data, whose keys are those of the configuration file.

    What cannot be used is a ConfigError with one line for every problem, each beginning with the path of the value
    (`providers[0].kindd: unknown key (did you mean 'kind'?)`). `source`, as a file's name, is put before each line.
    """
    try:
        return converter().structure(data, Config)
    except (BaseValidationError, ConfigError) as error:
        problems = list(_problems(error, ""))
    if source:
        problems = [ConfigError(str(problem), where=source) for problem in problems]
    raise problems[0] if len(problems) == 1 else ConfigErrors(problems)


@cache
def converter() -> Converter:
    """The one converter. It is only ever read."""
    made = Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind, noun in ((str, "a string"), (bool, "true or false")):
        made.register_structure_hook(kind, _exactly(kind, noun))
    made.register_structure_hook(int, _int)
    made.register_structure_hook(float, _float)
    made.register_structure_hook(Secret, lambda value, _: Secret(_string(value, str)))
    made.register_structure_hook_factory(attrs.has, lambda kind: _table(kind, made))
    made.register_structure_hook_factory(_made_of(tuple), lambda kind: _list(kind, made))
    made.register_structure_hook_func(_made_of(Mapping), _mapping)
    for wanted, hook in (*_HOOKS, (ApiKey, lambda value, _: _api_key(value, made))):
        made.register_structure_hook_func(_is(wanted), hook)
    return made


def _is(wanted: object) -> Callable[[Any], bool]:
    return lambda kind: bool(kind == wanted)


def _made_of(origin: object) -> Callable[[Any], bool]:
    return lambda kind: bool(get_origin(kind) == origin)


def _shape(value: object) -> str:
    """What JSON or TOML calls this value; never the value."""
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        ((int, float), "a number"),
        (str, "a string"),
        ((list, tuple), "a list"),
        (Mapping, "a table"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "null" if value is None else "a date")


def _wrong(value: object, noun: str) -> ConfigError:
    return ConfigError(f"must be {noun}, not {_shape(value)}")


def _exactly(kind: type, noun: str) -> Hook:
    def hook(value: object, _: object) -> object:
        if not isinstance(value, kind):
            raise _wrong(value, noun)
        return value

    return hook


_string = _exactly(str, "a string")


def _int(value: object, _: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(value, "a whole number")
    return value


def _float(value: object, _: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(value, "a number")
    return value


def _bool_or_path(value: object, _: object) -> object:
    if not isinstance(value, bool | str):
        raise _wrong(value, "true, false or a path")
    return value


def _rule(value: object, _: object) -> object:
    if not isinstance(value, str | Mapping):
        raise _wrong(value, "a table or a string")
    return value


def _quantity(read: Callable[[Any], float], noun: str) -> Hook:
    def hook(value: object, _: object) -> float:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise _wrong(value, noun)
        return read(value)

    return hook


def _table(kind: Any, made: Converter) -> Hook:
    structure = make_dict_structure_fn(kind, made, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True)

    def hook(value: object, _: object) -> object:
        if not isinstance(value, Mapping):
            raise _wrong(value, "a table")
        return structure(value, kind)

    return hook


def _list(kind: Any, made: Converter) -> Hook:
    (item, _) = get_args(kind)

    def hook(value: object, _: object) -> object:
        if not isinstance(value, list | tuple):
            raise _wrong(value, "a list")
        return tuple(made.structure(list(value), list[item]))  # type: ignore[valid-type]

    return hook


def _mapping(value: object, _: object) -> object:
    if not isinstance(value, Mapping):
        raise _wrong(value, "a table")
    return dict(value)


def _api_key(value: object, made: Converter) -> ApiKey:
    if isinstance(value, str):
        return ApiKey(value)
    if not isinstance(value, Mapping):
        raise _wrong(value, "a string or a table with name and key")
    return _table(ApiKey, made)(value, ApiKey)  # type: ignore[no-any-return]


def _plugin(value: object, _: object) -> Plugin:
    if not isinstance(value, Mapping):
        raise _wrong(value, "a table")
    if "use" not in value:
        raise ConfigError("is required", where="use")
    return Plugin(use=value["use"], options={key: item for key, item in value.items() if key != "use"})


_HOOKS: tuple[tuple[object, Hook], ...] = (
    (Seconds, _quantity(seconds, "a duration")),
    (Size, _quantity(size, "a size")),
    (bool | str, _bool_or_path),
    (RuleData, _rule),
    (Plugin, _plugin),
)


def _problems(error: BaseException, where: str) -> Iterator[ConfigError]:
    """Flatten the tree of what cattrs caught: notes carry the paths."""
    if isinstance(error, ForbiddenExtraKeysError):
        known = [attribute.name for attribute in attrs.fields(error.cl)]
        for key in sorted(error.extra_fields):
            yield ConfigError(
                "unknown key", where=path(where, key), hint=near(key, known) or f"known: {', '.join(known)}"
            )
    elif isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            yield from _problems(inner, path(where, _step(inner)))
    elif isinstance(error, ConfigError):
        for problem in each(error):
            yield from below(where, problem)
    elif isinstance(error, KeyError):
        yield ConfigError("is required", where=where)
    else:
        raise error


def _step(error: BaseException) -> str:
    """The part of the path that a note of cattrs adds: `kind` or `[0]`."""
    steps = {AttributeValidationNote: "{0.name}", IterableValidationNote: "[{0.index}]"}
    notes = [note for note in getattr(error, "__notes__", ()) if type(note) in steps]
    return steps[type(notes[0])].format(notes[0]) if notes else ""
