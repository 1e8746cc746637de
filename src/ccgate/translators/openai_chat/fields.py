"""One JSON object of a request while it is read (`ccgate.wire.fields`); what is left over of it is this dialect's."""

from __future__ import annotations

from typing import ClassVar, Final

from ccgate.wire import fields
from ccgate.wire.fields import refused

__all__ = ["DIALECT", "Fields", "objects", "refused"]

DIALECT: Final = "openai_chat"


class Fields(fields.Fields):
    """The fields of one object that nobody has read yet."""

    __slots__ = ()
    dialect: ClassVar[str] = DIALECT


objects = Fields.each
