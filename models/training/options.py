"""The settings of a training run, read from one file."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from core.vocabulary import MentionKind

SETTINGS_FILE = Path(__file__).with_name("settings.yaml")


class TrainingOptions(BaseModel):
    """What `settings.yaml` says; unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    threads: int
    held_out_share: float
    epochs: int
    batch_size: int
    window_tokens: tuple[int, int]
    learning_rate: float
    head_learning_rate: float
    warm_up_share: float
    weight_decay: float
    dropout: float
    positive_weight: float
    type_weight: float
    type_smoothing: float
    value_weight: float
    hidden_share: float
    rep_weight: float
    noise_share: float
    mask_share: float
    average_decay: float
    teacher_share: float
    teacher: dict[str, float]
    thresholds: dict[MentionKind, float]

    def for_teacher(self) -> TrainingOptions:
        """These, with what `teacher` says instead."""
        return self.model_validate({**self.model_dump(), **self.teacher})


def load_options(path: Path = SETTINGS_FILE) -> TrainingOptions:
    """The options in `path`."""
    return TrainingOptions.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
