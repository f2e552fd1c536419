"""What a worker process loads once and keeps: the store and the models."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from core.settings import Settings
from core.store import Store
from models.extraction import Extractor
from models.role_model import RoleModel
from models.vectors import Encoder
from pipeline.redact import Redactor

_loading = Lock()  # threads that start together shall not each load a model


def get_store(settings: Settings) -> Store:
    """The store of these settings; one pool of connections a process."""
    return _store(settings.store_url)


def get_extractor() -> Extractor:
    """The extraction model."""
    with _loading:
        return _extractor()


def get_encoder() -> Encoder:
    """The sentence encoder that themes are made with."""
    with _loading:
        return _encoder()


def get_role_model() -> RoleModel:
    """The model that tells reps from customers."""
    with _loading:
        return _role_model()


def get_redactor() -> Redactor:
    """The redactor of personal data."""
    with _loading:
        return _redactor()


@lru_cache(maxsize=4)
def _store(url: str) -> Store:
    return Store.open(url)


@lru_cache(maxsize=1)
def _extractor() -> Extractor:
    return Extractor.load()


@lru_cache(maxsize=1)
def _encoder() -> Encoder:
    return Encoder.load()


@lru_cache(maxsize=1)
def _role_model() -> RoleModel:
    return RoleModel.load()


@lru_cache(maxsize=1)
def _redactor() -> Redactor:
    return Redactor()
