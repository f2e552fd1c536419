from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from core.errors import UnreadableFile
from pipeline.ingest.source import Listing, list_files, read_file


def _write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("Ann: hello\n")


def _list(listing: Listing) -> list[str]:
    return [file.path for file in listing.files]


@pytest.fixture
def memory() -> Iterator[str]:
    fs = fsspec.filesystem("memory")
    fs.pipe("/bucket/calls/b.txt", b"Bo: hi")
    fs.pipe("/bucket/a.txt", b"Ann: hi")
    fs.pipe("/bucket/source.yaml", b"name: recorder")
    yield "memory://bucket"
    fs.rm("/bucket", recursive=True)


def test_files_are_listed_sorted_with_paths_relative_to_the_source(tmp_path: Path) -> None:
    _write(tmp_path, "b.txt", "calls/a.VTT", "crm/accounts.csv")
    listing = list_files(str(tmp_path))
    assert _list(listing) == ["b.txt", "calls/a.VTT", "crm/accounts.csv"]
    assert [file.kind for file in listing.files] == ["txt", "vtt", "csv"]
    assert listing.files[0].size == 11
    assert listing.problems == ()


def test_hidden_files_settings_and_documentation_are_left_out(tmp_path: Path) -> None:
    _write(tmp_path, ".x.txt", ".git/a.txt", "README.txt", "notes.md", "~$a.txt", "a.txt",
           "Sync - Transcript.md")  # fmt: skip
    (tmp_path / "source.yaml").write_text("")
    assert _list(list_files(str(tmp_path))) == ["Sync - Transcript.md", "a.txt"]


def test_a_source_in_a_bucket_is_listed_and_read(memory: str) -> None:
    listing = list_files(memory)
    assert _list(listing) == ["a.txt", "calls/b.txt"]
    assert listing.config.name == "recorder"
    assert read_file(listing.files[1]) == b"Bo: hi"


def test_one_file_is_a_source(tmp_path: Path) -> None:
    _write(tmp_path, "deep/a.txt")
    listing = list_files(str(tmp_path / "deep/a.txt"))
    assert _list(listing) == ["a.txt"]
    assert read_file(listing.files[0]) == b"Ann: hello\n"


def test_globs_choose_files(tmp_path: Path) -> None:
    _write(tmp_path, "a.txt", "calls/b.txt", "calls/old/c.txt", "d.csv")
    (tmp_path / "source.yaml").write_text("include: ['*.txt']\nexclude: ['*/old/*']\n")
    assert _list(list_files(str(tmp_path))) == ["a.txt", "calls/b.txt"]


def test_names_with_signs_that_urls_use_are_read(tmp_path: Path) -> None:
    _write(tmp_path, "a::b #1?.txt", "100%20.txt", "ä ö.txt")
    for file in list_files(str(tmp_path)).files:
        assert read_file(file) == b"Ann: hello\n"


def test_wrong_settings_are_a_problem_and_no_file_is_read_by_them(tmp_path: Path) -> None:
    _write(tmp_path, "a.txt")
    (tmp_path / "source.yaml").write_text("name: x\ntimezone: Nowhere/Land")
    listing = list_files(str(tmp_path))
    assert _list(listing) == []
    assert [(one.path, one.line) for one in listing.problems] == [("source.yaml", 2)]


def test_a_name_that_is_no_utf_8_is_a_problem(tmp_path: Path) -> None:
    _write(tmp_path, "a.txt")
    name = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    Path(os.fsdecode(name)).write_text("Ann: hello")
    for url in (str(tmp_path), os.fsdecode(name)):
        (problem,) = list_files(url).problems
        assert str(problem) == r"caf\xe9.txt: the file's name is not UTF-8"
    assert _list(list_files(str(tmp_path))) == ["a.txt"]


def test_a_path_too_long_to_store_is_a_problem(tmp_path: Path) -> None:
    _write(tmp_path, "/".join(["d" * 200] * 5) + "/a.txt")
    (problem,) = list_files(str(tmp_path)).problems
    assert problem.reason == "the path is longer than 1,000 characters"


def test_a_source_that_does_not_exist_is_a_problem(tmp_path: Path) -> None:
    listing = list_files(str(tmp_path / "gone"))
    assert listing.files == ()
    assert "cannot be read: No such file" in listing.problems[0].reason


def test_a_link_that_leaves_the_source_is_refused(tmp_path: Path) -> None:
    _write(tmp_path, "inside/a.txt", "secret.txt", "other/b.txt")
    (tmp_path / "inside/link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "inside/folder").symlink_to(tmp_path / "other")
    listing = list_files(str(tmp_path / "inside"))
    assert _list(listing) == ["a.txt"]
    assert [str(problem) for problem in listing.problems] == [
        "folder: the link leaves the source's folder",
        "link.txt: the link leaves the source's folder",
    ]


def test_a_link_inside_the_source_is_followed_but_not_in_circles(tmp_path: Path) -> None:
    _write(tmp_path, "calls/a.txt")
    (tmp_path / "alias.txt").symlink_to(tmp_path / "calls/a.txt")
    (tmp_path / "calls/up").symlink_to(tmp_path)
    (tmp_path / "dead.txt").symlink_to(tmp_path / "nothing.txt")
    listing = list_files(str(tmp_path))
    assert _list(listing) == ["alias.txt", "calls/a.txt"]
    assert [problem.path for problem in listing.problems] == ["calls/up", "dead.txt"]


def test_a_folder_without_permission_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, "a.txt", "closed/b.txt")
    list_folder = LocalFileSystem.ls

    def refuse_closed(self: LocalFileSystem, path: str, detail: bool = False) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return list_folder(self, path, detail=detail)

    monkeypatch.setattr(LocalFileSystem, "ls", refuse_closed)
    listing = list_files(str(tmp_path))
    assert _list(listing) == ["a.txt"]
    expected = "closed: the folder cannot be read: Permission denied"
    assert [str(problem) for problem in listing.problems] == [expected]


def test_a_file_that_vanished_is_named(tmp_path: Path) -> None:
    _write(tmp_path, "a.txt")
    file = list_files(str(tmp_path)).files[0]
    (tmp_path / "a.txt").unlink()
    with pytest.raises(UnreadableFile, match="vanished") as caught:
        read_file(file)
    assert caught.value.path == "a.txt"


def test_a_file_without_permission_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, "a.txt")
    file = list_files(str(tmp_path)).files[0]

    def refuse(self: LocalFileSystem, path: str, mode: str = "rb") -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(LocalFileSystem, "open", refuse)
    with pytest.raises(UnreadableFile, match="cannot be read: Permission denied"):
        read_file(file)


def test_a_file_too_large_is_refused_without_reading_it_whole(tmp_path: Path) -> None:
    _write(tmp_path, "a.txt")
    file = list_files(str(tmp_path)).files[0]
    assert len(read_file(file, max_bytes=11)) == 11
    with pytest.raises(UnreadableFile, match="larger than 10 bytes"):
        read_file(file, max_bytes=10)
