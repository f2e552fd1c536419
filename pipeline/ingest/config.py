"""How one source is to be read, from the optional `source.yaml` in its folder."""

from __future__ import annotations

import hashlib
from zoneinfo import ZoneInfo

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from yaml.nodes import MappingNode

from core.errors import MalformedRecord
from pipeline.ingest.validation import MAX_SOURCE_LENGTH, explain, explain_yaml

CONFIG_NAME = "source.yaml"
PARSERS_VERSION = 1  # raised when the parsers read the same file in another way


class SourceConfig(BaseModel):
    """What a source says about itself; every part has a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = Field(
        None,
        max_length=MAX_SOURCE_LENGTH,
        description="What the source is called; its folder if left out",
    )
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
            raise ValueError(
                "unknown time zone; IANA names such as Europe/Berlin are known"
            ) from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of dates that name none."""
        return ZoneInfo(self.timezone)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that change when files are to be read in another way."""
        fields = orjson.dumps(self.model_dump(), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(b"%d:%b" % (PARSERS_VERSION, fields)).hexdigest()[:16]


def load_config(text: str, path: str = CONFIG_NAME) -> SourceConfig:
    """The settings that the YAML `text` gives; raises MalformedRecord where they are wrong."""
    try:
        return SourceConfig.model_validate(yaml.safe_load(text) or {})
    except ValidationError as error:
        line = _find_line(text, error)
        raise MalformedRecord(explain(error), path=path, line=line) from error
    except yaml.YAMLError as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        line = mark.line + 1 if mark else 1
        raise MalformedRecord(explain_yaml(error), path=path, line=line) from error
    except (ValueError, RecursionError) as error:
        raise MalformedRecord("not YAML", path=path, line=1) from error


def _find_line(text: str, error: ValidationError) -> int:
    """The line of the top-level key that a fault lies under; 1 where it lies under none."""
    place = error.errors(include_url=False, include_input=False)[0]["loc"]
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = root.value if isinstance(root, MappingNode) else []
    marks = (
        key.start_mark.line + 1 for key, _ in pairs if key.value == "".join(map(str, place[:1]))
    )
    return next(marks, 1)
