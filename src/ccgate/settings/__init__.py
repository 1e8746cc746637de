"""Files, environment and flags -> Config, with the origin of every value."""

from __future__ import annotations

from ccgate.settings.files import find, house
from ccgate.settings.load import Loaded, load

__all__ = ["Loaded", "find", "house", "load"]
