"""Content parts of a message, read: text, image_url, input_audio, file, refusal.

The parts: https://platform.openai.com/docs/api-reference/chat/create (messages). What has no word goes home as it came.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ccgate import ir
from ccgate.translators.openai_chat.fields import DIALECT, Fields

AUDIO_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}
"""`input_audio.format` to media types."""


def read_content(value: ir.JSON, at: str) -> tuple[ir.Block, ...]:
    """The blocks of a `content`: of a string or of a list of parts. An empty string is no block."""
    if isinstance(value, str):
        return (ir.Text(value, at=at),) if value else ()
    return tuple(_part(each, ir.child(at, n)) for n, each in enumerate(value))


def _part(value: ir.JSON, at: str) -> ir.Block:
    part = Fields.of(value, at)
    kind = part.rest.get("type")
    read = PARTS.get(kind) if isinstance(kind, str) else None
    if read is not None:
        del part.rest["type"]
        block = read(part)
        if block is not None:
            return block
    return ir.Opaque(DIALECT, value, at=at)


def _text(part: Fields) -> ir.Block:
    return ir.Text(part.need("text"), at=part.at, extra=part.extra)


def _refusal(part: Fields) -> ir.Block:
    return ir.Text(part.need("refusal"), refusal=True, at=part.at, extra=part.extra)


def _image(part: Fields) -> ir.Block | None:
    image = part.inner("image_url")
    url = image.text("url")
    if url is None:
        return None
    detail = image.text("detail")
    return ir.Media("image", source_of(url), detail=detail, at=part.at, extra=part.extra)


def source_of(url: str) -> ir.Source:
    """A data URL in base64 is the bytes themselves; anything else is fetched by the provider."""
    head, comma, data = url.partition(",")
    if comma and head.startswith("data:") and head.endswith(";base64"):
        return ir.Inline(head[5:-7], data)
    return ir.Url(url)


def _audio(part: Fields) -> ir.Block | None:
    audio = part.inner("input_audio")
    data, form = audio.text("data"), audio.text("format")
    if data is None or form is None:
        return None
    media_type = AUDIO_TYPES.get(form, f"audio/{form}")
    return ir.Media("audio", ir.Inline(media_type, data), at=part.at, extra=part.extra)


def _file(part: Fields) -> ir.Block | None:
    file = part.inner("file")
    held, data = file.text("file_id"), file.text("file_data")
    source: ir.Source | None = None
    if held is not None and data is None:
        source = ir.File(held, DIALECT)
    elif data is not None and held is None:
        source = source_of(data)
    if not isinstance(source, ir.File | ir.Inline):
        return None
    return ir.Media("document", source, title=file.text("filename"), at=part.at, extra=part.extra)


PARTS: dict[str, Callable[[Fields], ir.Block | None]] = {
    "text": _text,
    "refusal": _refusal,
    "image_url": _image,
    "input_audio": _audio,
    "file": _file,
}


def data_url(source: ir.Inline) -> str:
    return f"data:{source.media_type};base64,{source.data}"


def merged(target: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    """`target` with what was left over when it was read, put back where it stood."""
    for key, value in extra.items():
        here = target.get(key)
        target[key] = merged(dict(here), value) if isinstance(here, dict) and isinstance(value, dict) else value
    return target
