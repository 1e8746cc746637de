"""What a kind of provider is: one data record."""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class Preset:
    """What we know of a vendor (or of a family of servers) without being told.

    A kind speaks exactly one dialect, and never changes it by itself.
    """

    kind: str
    dialect: str
    """The dialect it is asked in: the name of a translator."""
    base_url: str
    """What the vendor prints as base URL of that dialect; empty: the user must say."""
    default_path: str = ""
    """Added to a configured base URL that has no path at all."""
    version: str = ""
    """A path segment that our paths begin with; a base URL that already ends in it is not doubled."""
    endpoint: str
    """Where calls are posted; a base URL that already ends in it is not doubled."""
    auth: str
    """How a key is shown: `x-api-key` (that header) or `bearer` (Authorization)."""
    vendor_key: str | None
    """The environment variable this vendor's own tools read; the program fills a missing key from it."""
    source: str
    """The page that says so."""
