"""What a kind of provider is: one data record."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import Factory, field, frozen

from ccgate.translators import Headers

AUTHS: Mapping[str, Callable[[str], Headers]] = {
    "bearer": lambda key: ((b"authorization", b"Bearer " + key.encode()),),
    "x-api-key": lambda key: ((b"x-api-key", key.encode()),),
    "api-key": lambda key: ((b"api-key", key.encode()),),
}
"""The ways to show a key."""


@frozen(kw_only=True)
class Preset:
    """What we know of a vendor (or of a family of servers) without being told.

    A kind speaks exactly one dialect, and never changes it by itself.
    """

    kind: str
    dialect: str
    """The dialect it is asked in. Clients of the same dialect are relayed as they are."""
    translator: str = field(default=Factory(lambda self: self.dialect, takes_self=True))
    """The name of the translator, where the vendor's way to speak the dialect has one of its own."""
    base_url: str
    """What the vendor prints as base URL of that dialect; empty: the user must say."""
    default_path: str = ""
    """Added to a configured base URL that has no path at all."""
    version: str = ""
    """A path segment that our paths begin with; a base URL that already ends in it is not doubled."""
    endpoint: str
    """Where calls are posted; a base URL that already ends in it is not doubled."""
    auth: str | None = None
    """How a key is shown, one of `AUTHS`; None: as the dialect's own vendor wants it."""
    vendor_key: str | None = None
    """The environment variable this vendor's own tools read; the program fills a missing key from it."""
    source: str
    """The page that says so."""

    def authorize(self, key: str) -> Headers | None:
        """The headers that carry the key; None where the dialect's own will do."""
        return AUTHS[self.auth](key) if self.auth is not None else None
