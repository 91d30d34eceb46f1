"""Packages of other suites: fetched once, wholly or not at all, and started with their own loader."""

from pathlib import Path

import pytest
from redproof_properties.errors import TargetError, UsageError
from redproof_properties.suites import Package, Root, apt, store, unpacked
from redproof_properties.targets import parse_target


@pytest.fixture
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return store.store_folder()


def lay_out(root: Path, *, program: str = "redis-server", loader: str | None = None) -> None:
    """A root whose loader is a link, absolute where `loader` is, as some releases have it."""
    libraries = root / "lib/x86_64-linux-gnu"
    (root / "usr/bin").mkdir(parents=True)
    libraries.mkdir(parents=True)
    (root / "usr/bin" / program).touch()
    (libraries / "libc.so.6").touch()
    (libraries / "ld-2.31.so").touch()
    (root / "lib64").mkdir()
    (root / "lib64/ld-linux-x86-64.so.2").symlink_to(loader or "../lib/x86_64-linux-gnu/ld-2.31.so")


@pytest.mark.parametrize(
    "text", ["", "trixie", "trixie/", "/redis", "trixie/../redis", "trixie/redis/x", "-o/redis", "Trixie/x"]
)
def test_what_is_no_package_of_a_suite_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="write suite:SUITE/PACKAGE"):
        parse_target(f"suite:{text}")


@pytest.mark.parametrize("loader", [None, "/lib/x86_64-linux-gnu/ld-2.31.so"])
def test_the_loader_is_the_one_in_the_root_however_it_is_linked(tmp_path: Path, loader: str | None) -> None:
    lay_out(tmp_path, loader=loader)
    assert [part.removeprefix(str(tmp_path)) for part in Root(tmp_path).command()] == [
        "/lib64/../lib/x86_64-linux-gnu/ld-2.31.so" if loader is None else "/lib/x86_64-linux-gnu/ld-2.31.so",
        "--library-path",
        "/lib/x86_64-linux-gnu",
        "/usr/bin/redis-server",
    ]


def test_a_package_is_fetched_once(empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = []

    def download(suite: str, package: str, folder: Path) -> list[Path]:
        fetched.append((suite, package))
        return [folder / "x.deb"]

    monkeypatch.setattr(store, "download", download)
    monkeypatch.setattr(store, "extract", lambda _, into: lay_out(into, program="valkey-server"))
    roots = [unpacked(Package("sid", "valkey")) for _ in range(3)]
    assert fetched == [("sid", "valkey")]
    assert {root.program for root in roots} == {empty_store / "sid/valkey/usr/bin/valkey-server"}


def test_a_package_without_a_server_leaves_nothing_behind(empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "download", lambda *_: ["x.deb"])
    monkeypatch.setattr(store, "extract", lambda _, into: lay_out(into, program="nginx"))
    with pytest.raises(TargetError, match="its servers are: none"):
        unpacked(Package("trixie", "nginx"))
    assert [path.name for path in empty_store.iterdir()] == [".lock"]


def test_a_machine_without_apt_is_told_what_it_lacks(empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TargetError, match=r"lacks apt-get, dpkg-deb.*It takes Debian") as caught:
        unpacked(Package("trixie", "redis"))
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("told", "site"),
    [
        ("Debian|bookworm|http://one/debian\n", "http://one/debian"),
        ("Other|stable|http://x\nDebian|sid-security|http://y\nDebian|trixie|http://two\n", "http://two"),
        ("Other|stable|http://x\n", None),
        ("", None),
    ],
)
def test_the_mirror_is_the_one_that_apt_uses(told: str, site: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "_run", lambda *_: told)
    if site is None:
        with pytest.raises(TargetError, match="apt knows no mirror of Debian"):
            apt._find_mirror()
    else:
        assert apt._find_mirror() == site
