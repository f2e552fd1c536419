"""What all schemas are built on."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    """A frozen value on the wire, made from a mapping or from an object with these attributes."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Segment(Schema):
    """A dimension and a value."""

    dimension: str
    value: str
