"""`DELETE /v1/subjects/{key}`: a person is forgotten, with a receipt.

The scope is `admin`: nothing brings back what was erased, and every figure shrinks by it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path

from api.deps import Admin, Shared
from api.schemas.subjects import ErasureReceipt
from core.store.erasure import erase_subject

router = APIRouter(prefix="/v1/subjects", tags=["subjects"])

Key = Annotated[
    str, Path(pattern=r"^\w{1,40}$", description="The keyed hash that stands for the person.")
]


@router.delete("/{key}")
def erase(key: Key, resources: Shared, caller: Admin) -> ErasureReceipt:
    """Erases a person with every conversation that they took part in; answers shrink at once. To
    ask again changes nothing and gives the same receipt."""
    with resources.store.begin() as conn:
        erasure = erase_subject(conn, key, by=caller.name, now=datetime.now(UTC))
    return ErasureReceipt.model_validate(erasure)
