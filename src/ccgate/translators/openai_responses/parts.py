"""Content parts: the words, images and files that stand in messages and in the outputs of tools.

https://platform.openai.com/docs/api-reference/responses/create#responses-create-input
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ccgate import ir
from ccgate.translators.openai_responses.fields import DIALECT, Fields, objects, refused
from ccgate.translators.openai_responses.says import says

MEDIA_TYPES = {
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "txt": "text/plain",
}

MARKED = {"mark": "prompt_cache_breakpoint"}
"""Where this dialect writes what our words stand for."""


def read_parts(value: ir.JSON, at: str, usual: str = "input_text") -> tuple[ir.Block, ...]:
    """The parts of a `content` or an `output`. A plain string is one text that stands where the list would stand.

    `usual` is the type that a text in this place has when nothing else is said.
    """
    if isinstance(value, str):
        return (ir.Text(value, at=at),)
    if not isinstance(value, list):
        raise refused(at, "must be a string or a list")
    return tuple(read_part(part, usual) for part in objects(value, at))


def read_part(part: Fields, usual: str) -> ir.Block:
    read = READERS.get(str(part.rest.get("type")))
    whole = dict(part.rest)
    block = read(part, usual) if read else None
    return block or ir.Opaque(DIALECT, whole, says(whole), at=part.at)


def _text(part: Fields, usual: str) -> ir.Block:
    citations: tuple[ir.Citation, ...] = ()
    if part.rest["type"] == "output_text":
        citations = _citations(part)
    part.same("type", usual)
    text = part.need("text")
    return ir.Text(text, citations=citations, mark=_mark(part), spelled=MARKED, at=part.at, extra=part.extra)


def _citations(part: Fields) -> tuple[ir.Citation, ...]:
    """A text of the model always has `annotations`; one that has none leaves a null."""
    value = part.rest.setdefault("annotations", None)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        return ()
    del part.rest["annotations"]
    return tuple(read_citation(each) for each in objects(value, ir.child(part.at, "annotations")))


def read_citation(each: Fields) -> ir.Citation:
    each.same("type", "url_citation")
    title, url = each.text("title"), each.text("url")
    start, end = each.whole("start_index"), each.whole("end_index")
    return ir.Citation(title=title, url=url, start=start, end=end, at=each.at, extra=each.extra)


def _refusal(part: Fields, _usual: str) -> ir.Block:
    del part.rest["type"]
    return ir.Text(part.need("refusal"), refusal=True, at=part.at, extra=part.extra)


def _image(part: Fields, _usual: str) -> ir.Block | None:
    source = _place(part, "image_url") or _held(part)
    if source is None:
        return None
    del part.rest["type"]
    return ir.Media(
        "image", source, detail=part.text("detail"), mark=_mark(part), spelled=MARKED, at=part.at, extra=part.extra
    )


def _file(part: Fields, _usual: str) -> ir.Block | None:
    title = part.text("filename")
    source = _bytes(part, title or "") or _place(part, "file_url") or _held(part)
    if source is None:
        return None
    del part.rest["type"]
    detail, mark = part.text("detail"), _mark(part)
    return ir.Media(
        "document", source, title=title, detail=detail, mark=mark, spelled=MARKED, at=part.at, extra=part.extra
    )


def _place(part: Fields, key: str) -> ir.Source | None:
    """Where the bytes are: in the address itself (`data:`), or where it points to."""
    address = part.text(key)
    if address is None:
        return None
    source = inline(address)
    if source is None:
        return ir.Url(address)
    if data_url(source) != address:
        part.rest[key] = address
    return source


def _bytes(part: Fields, name: str) -> ir.Source | None:
    """`file_data` is a `data:` URL, or bare base64 whose type only the file's name can tell."""
    data = part.text("file_data")
    if data is None:
        return None
    kind = MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    source = inline(data) or ir.Inline(kind, "".join(data.split()))
    if data_url(source) != data:
        part.rest["file_data"] = data
    return source


def _held(part: Fields) -> ir.Source | None:
    name = part.text("file_id")
    return None if name is None else ir.File(name, DIALECT)


def inline(address: str) -> ir.Inline | None:
    """The bytes in a base64 `data:` URL; None for any other address."""
    head, _, data = address.partition(",")
    kind = head.removeprefix("data:").removesuffix(";base64")
    if not kind or head != f"data:{kind};base64":
        return None
    return ir.Inline(kind, "".join(data.split()))


def data_url(source: ir.Inline) -> str:
    return f"data:{source.media_type};base64,{source.data}"


def _mark(part: Fields) -> ir.Mark | None:
    """`prompt_cache_breakpoint` is {"mode": "explicit"}, with or without a ttl."""
    value: Any = part.rest.get("prompt_cache_breakpoint")
    if not isinstance(value, dict):
        return None
    mark = ir.Mark(value.get("ttl")) if isinstance(value.get("ttl", ""), str) else ir.Mark()
    if value != breakpoint_of(mark):
        return None
    del part.rest["prompt_cache_breakpoint"]
    return mark


def breakpoint_of(mark: ir.Mark) -> dict[str, Any]:
    return {"mode": "explicit"} | ({} if mark.ttl is None else {"ttl": mark.ttl})


READERS: dict[str, Callable[[Fields, str], ir.Block | None]] = {
    "input_text": _text,
    "output_text": _text,
    "text": _text,
    "refusal": _refusal,
    "input_image": _image,
    "input_file": _file,
}
