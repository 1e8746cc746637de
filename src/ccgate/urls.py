"""Where a call is sent: a base URL as its owner wrote it, and the path we append.

The rule: a path that is given is used as written. Only a base URL with no path at all gets the default path. A
trailing slash is dropped. What we append is never doubled: neither the endpoint nor the version it begins with.
"""

from __future__ import annotations

from urllib.parse import urlsplit


def join(base_url: str, path: str, *, default_path: str = "", version: str = "", endpoint: str = "") -> str:
    """The URL of `path` (begins with a slash, may carry a query) at `base_url`.

    `default_path` is added when base_url has no path. `version` (as `/v1`) is what `path` begins with and the base may
    already end in. `endpoint` is the path that calls are posted to: a base URL that already ends in it is taken for
    the place where it begins, so that the endpoint's siblings are found too.
    """
    parts = urlsplit(base_url)
    given = parts.path.rstrip("/")
    place = given or default_path
    wanted, mark, query = path.partition("?")
    for ending in (wanted, endpoint):
        if ending and place.endswith(ending):
            place = place.removesuffix(ending)
            break
    else:
        if version and wanted.startswith(version + "/"):
            place = place.removesuffix(version)
    return f"{parts.scheme}://{parts.netloc}{place}{wanted}{mark}{query}"
