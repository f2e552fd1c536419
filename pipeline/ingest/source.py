"""The files of a source, a folder or bucket prefix or one file, and their bytes."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
from fsspec.core import split_protocol

from core.errors import InputError, UnreadableFile
from pipeline.ingest.config import CONFIG_NAME, SourceConfig, load_config
from pipeline.ingest.decoding import decode

__all__ = ["Listing", "SourceConfig", "SourceFile", "list_files", "read_file"]

MAX_FILE_BYTES = 64_000_000
MAX_PATH_CHARACTERS = 1_000
_MAX_CONFIG_BYTES = 1_000_000
_SKIPPED_PREFIXES = (".", "~$", "README", "readme", "Readme")
_BROKEN = re.compile("[\ud800-\udfff]")  # what stands for a byte that is no UTF-8
_DOCUMENT_SUFFIXES = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source.

    Attributes:
        path: relative to the source, with `/`.
        url: where it lies, as fsspec takes it.
        size: bytes, as the folder says.
        kind: the suffix in small letters, without its dot.
        fingerprint: what changes when the content does: size with time of change, or the ETag.
        storage_options: what its file system needs to be opened; may hold secrets.
    """

    path: str
    url: str
    size: int
    kind: str
    fingerprint: str = ""
    storage_options: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source holds: files sorted by path, what cannot be listed, and how to read it."""

    files: tuple[SourceFile, ...]
    problems: tuple[InputError, ...]
    config: SourceConfig


@dataclass(frozen=True, slots=True)
class _Root:
    """An open source: its file system, its path there, and the options that opened it."""

    fs: Any
    path: str
    options: Mapping[str, Any]

    @property
    def is_local(self) -> bool:
        """Whether it lies on this machine, so that links can lead out of it."""
        return "file" in (
            (self.fs.protocol,) if isinstance(self.fs.protocol, str) else self.fs.protocol
        )

    def make_relative(self, path: str) -> str:
        """A path of the file system as one relative to the source."""
        return path.removeprefix(self.path).lstrip("/")


def list_files(url: str, storage_options: Mapping[str, Any] | None = None) -> Listing:
    """The files under a URL or path, with its `source.yaml`; never raises for what lies there.

    Hidden files, READMEs and Markdown that is no transcript are left out. A link that leaves the
    folder, a folder that cannot be read and a name that is no UTF-8 are problems. A `source.yaml`
    that is wrong is the only problem, without files: read otherwise they would be read wrong.
    """
    root = _open_root(url, dict(storage_options or {}))
    try:
        info = root.fs.info(root.path)
    except (OSError, ValueError) as error:
        fault = UnreadableFile(f"the source cannot be read: {_describe(error)}", path=url)
        return Listing((), (fault,), SourceConfig())
    if info["type"] != "directory":
        return _list_single(root, info)
    try:
        config = _read_config(root)
    except InputError as error:
        return Listing((), (error,), SourceConfig())
    items = tuple(_walk(root, root.path, frozenset()))
    files = (item for item in items if isinstance(item, SourceFile))
    kept = tuple(sorted((file for file in files if _is_wanted(file, config)), key=_get_path))
    problems = (item for item in items if isinstance(item, InputError))
    return Listing(kept, tuple(problems), config)


def _get_path(file: SourceFile) -> str:
    """What files are sorted by."""
    return file.path


def _open_root(url: str, options: dict[str, Any]) -> _Root:
    """The source, opened; a path without a protocol is local."""
    protocol, path = split_protocol(url)
    fs = fsspec.filesystem(protocol or "file", **options)
    return _Root(fs, fs._strip_protocol(url if protocol else path).rstrip("/") or "/", options)


def _list_single(root: _Root, info: Mapping[str, Any]) -> Listing:
    """A source that is one file."""
    parent = _Root(root.fs, str(PurePosixPath(root.path).parent), root.options)
    fault = _find_name_fault(parent.make_relative(info["name"]))
    if fault:
        return Listing((), (fault,), SourceConfig())
    return Listing((_make_file(parent, info),), (), SourceConfig())


def _find_name_fault(path: str) -> UnreadableFile | None:
    """Why a file or folder cannot be called what it is, or None where it can."""
    if _BROKEN.search(path):
        shown = _BROKEN.sub(lambda match: f"\\x{ord(match[0]) & 0xFF:02x}", path)
        return UnreadableFile("the file's name is not UTF-8", path=shown[:MAX_PATH_CHARACTERS])
    if len(path) > MAX_PATH_CHARACTERS:
        reason = f"the path is longer than {MAX_PATH_CHARACTERS:,} characters"
        return UnreadableFile(reason, path=path[:MAX_PATH_CHARACTERS])
    return None


def _make_file(root: _Root, info: Mapping[str, Any]) -> SourceFile:
    """A listed file."""
    path = root.make_relative(info["name"])
    return SourceFile(
        path=path,
        url=root.fs.unstrip_protocol(info["name"]),
        size=int(info.get("size") or 0),
        kind=PurePosixPath(path).suffix.lower().lstrip("."),
        fingerprint=_fingerprint(info),
        storage_options=root.options,
    )


def _fingerprint(info: Mapping[str, Any]) -> str:
    """Size and the first of those marks of change that the file system knows."""
    marks = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "created")
    mark = next((info[name] for name in marks if info.get(name)), "")
    return f"{info.get('size') or 0}-{mark}"


def _walk(root: _Root, folder: str, above: frozenset[str]) -> Iterator[SourceFile | InputError]:
    """Files of a folder and the folders in it; `above` holds the real paths that lead here."""
    try:
        entries = root.fs.ls(folder, detail=True)
    except OSError as error:
        path = root.make_relative(folder) or folder
        yield UnreadableFile(f"the folder cannot be read: {_describe(error)}", path=path)
        return
    here = above | {_resolve(root, folder)}
    for info in sorted(entries, key=lambda entry: str(entry["name"])):
        name = PurePosixPath(info["name"]).name
        if name.startswith(_SKIPPED_PREFIXES) or info["name"].rstrip("/") == folder:
            continue
        yield from _visit(root, info, here)


def _visit(
    root: _Root, info: Mapping[str, Any], above: frozenset[str]
) -> Iterator[SourceFile | InputError]:
    """One entry of a folder: a file, a folder's files, or why it is neither."""
    path = root.make_relative(info["name"])
    fault = _find_name_fault(path)
    if fault:
        yield fault
        return
    kind = info["type"]
    if info.get("islink"):
        target = _resolve(root, info["name"])
        if not Path(target).is_relative_to(_resolve(root, root.path)):
            yield UnreadableFile("the link leaves the source's folder", path=path)
            return
        if target in above or not Path(target).exists():
            yield UnreadableFile("the link leads nowhere or in a circle", path=path)
            return
        kind = "directory" if Path(target).is_dir() else "file"
    if kind == "directory":
        yield from _walk(root, info["name"], above)
    elif kind == "file":
        yield _make_file(root, info)


def _resolve(root: _Root, path: str) -> str:
    """The path with all links followed; as it is where there are none."""
    return str(Path(path).resolve()) if root.is_local else path


def _is_wanted(file: SourceFile, config: SourceConfig) -> bool:
    """Whether the source's globs let a file in, and it is no documentation or setting."""
    name = PurePosixPath(file.path).name
    if file.path == CONFIG_NAME or (
        name.lower().endswith(_DOCUMENT_SUFFIXES) and "transcript" not in name.lower()
    ):
        return False
    return any(fnmatch.fnmatch(file.path, glob) for glob in config.include) and not any(
        fnmatch.fnmatch(file.path, glob) for glob in config.exclude
    )


def _read_config(root: _Root) -> SourceConfig:
    """The source's settings; raises InputError for a `source.yaml` that is wrong."""
    path = f"{root.path.rstrip('/')}/{CONFIG_NAME}"
    if not root.fs.exists(path):
        return SourceConfig()
    file = _make_file(root, {"name": path, "size": 0})
    content = read_file(file, max_bytes=_MAX_CONFIG_BYTES)
    return load_config(decode(content, CONFIG_NAME)) if content.strip() else SourceConfig()


def read_file(file: SourceFile, *, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """The bytes of a file; raises UnreadableFile if it is gone, closed to us or too large."""
    root = _open_root(file.url, dict(file.storage_options))
    try:
        with root.fs.open(root.path, "rb") as stream:
            content: bytes = stream.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise UnreadableFile("the file vanished before it was read", path=file.path) from error
    except (OSError, ValueError) as error:
        reason = f"the file cannot be read: {_describe(error)}"
        raise UnreadableFile(reason, path=file.path) from error
    if len(content) > max_bytes:
        reason = f"the file is larger than {max_bytes:,} bytes"
        raise UnreadableFile(reason, path=file.path)
    return content


def _describe(error: Exception) -> str:
    """What the operating system says, without its numbers."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
