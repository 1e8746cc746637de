"""State that calls share: whom a conversation is bound to, which members are parked."""

from ccgate.store.memory import MemoryStore
from ccgate.store.protocol import Ask, Report, Store

__all__ = ["Ask", "MemoryStore", "Report", "Store"]
