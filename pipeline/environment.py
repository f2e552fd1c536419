"""Environment variables that Prefect reads when it is first imported; nothing else of it here."""

from __future__ import annotations

import os

from core.settings import Settings


def prepare_environment(settings: Settings) -> None:
    """Sets what Prefect needs to run offline, quietly and in our home folder.

    Call it before `pipeline.flow` is imported. What the user has set stays.
    """
    (settings.home / "prefect").mkdir(parents=True, exist_ok=True)
    defaults = {
        "PREFECT_HOME": str((settings.home / "prefect").absolute()),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
        "PREFECT_UI_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "DO_NOT_TRACK": "1",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
