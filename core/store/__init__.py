"""The system of record: a module a noun, each holding the SQL of its tables.

Functions take an open `Connection` first: who opens the transaction decides what belongs together.
"""

from core.store.database import Store

__all__ = ["Store"]
