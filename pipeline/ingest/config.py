"""How one source is to be read, from the optional `source.yaml` in its folder."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.errors import MalformedRecord
from pipeline.ingest.validation import explain

CONFIG_NAME = "source.yaml"


class SourceConfig(BaseModel):
    """What a source says about itself; every part has a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = Field(None, description="What the source is called; its folder if left out")
    timezone: str = Field("UTC", description="Time zone of dates that name none (IANA name)")
    day_first: bool = Field(False, description="Whether 07/10/2026 is the 7th of October")
    own_domains: tuple[str, ...] = Field((), description="E-mail domains of the seller")
    columns: dict[str, str] = Field(
        default_factory=dict, description="CSV headers that we don't know, and the field each holds"
    )
    include: tuple[str, ...] = Field(("*",), description="Globs of the files to read")
    exclude: tuple[str, ...] = Field((), description="Globs of the files to leave out")

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone {name!r}") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of dates that name none."""
        return ZoneInfo(self.timezone)


def load_config(text: str, path: str = CONFIG_NAME) -> SourceConfig:
    """The settings that the YAML `text` gives; raises MalformedRecord where they are wrong."""
    try:
        return SourceConfig.model_validate(yaml.safe_load(text) or {})
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise MalformedRecord(f"not YAML: {error.problem}", path=path, line=line) from error
    except ValidationError as error:
        raise MalformedRecord(explain(error), path=path) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise MalformedRecord(f"not YAML: {error}", path=path) from error
