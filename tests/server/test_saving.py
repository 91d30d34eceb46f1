"""SAVE, BGSAVE and what else writes or reads the RDB file, with the disk in memory."""

from collections.abc import Callable

import pytest
from redproof_server.engine.server import Server

Send = Callable[..., bytes]
SeeTo = Callable[..., None]
Disk = dict[str, bytes]
PATH = "./dump.rdb"


def persistence(send: Send) -> dict[str, str]:
    """The facts of INFO persistence."""
    lines = send("INFO persistence").decode().split("\r\n")
    return dict(line.split(":") for line in lines if ":" in line)


def end_child(server: Server, see_to_files: SeeTo, problem: str | None = None) -> None:
    see_to_files(problem)
    server.cron(server.now_ms)


def test_save_answers_once_the_file_is_written(server: Server, send: Send, see_to_files: SeeTo, disk: Disk) -> None:
    send("SET k v")
    assert persistence(send)["rdb_changes_since_last_save"] == "1"
    assert send("SAVE", "GET k") == b""
    server.now_ms += 5_000
    see_to_files()
    assert send() == b"+OK\r\n$1\r\nv\r\n"
    assert disk[PATH].startswith(b"REDIS00")
    assert persistence(send)["rdb_changes_since_last_save"] == "0"
    assert send("LASTSAVE") == b":%d\r\n" % (server.now_ms // 1000)


def test_a_disk_that_is_full_makes_save_fail(send: Send, see_to_files: SeeTo, disk: Disk) -> None:
    send("SET k v", "SAVE")
    see_to_files("No space left on device")
    assert send() == b"-ERR\r\n"
    assert disk == {}
    assert persistence(send)["rdb_changes_since_last_save"] == "1"


def test_a_child_saves_what_there_was_when_it_began(server: Server, send: Send, see_to_files: SeeTo) -> None:
    server.config.values["enable-debug-command"] = "yes"
    send("RPUSH l a", "HSET h f 1", "ZADD z 1 m", "SADD s x", "SADD n 1", "SET k v", "BGSAVE")
    assert b"already in progress" in send("SAVE")
    send("RPUSH l b", "HSET h f 2 g 3", "ZADD z 2 m 3 o", "SADD s y", "SADD n 2", "APPEND k w", "SET new v")
    server.now_ms += 2_000
    end_child(server, see_to_files)
    facts = persistence(send)
    assert (facts["rdb_bgsave_in_progress"], facts["rdb_last_bgsave_status"]) == ("0", "ok")
    assert facts["rdb_last_bgsave_time_sec"] == "2"
    assert facts["rdb_changes_since_last_save"] == "9"
    send("DEBUG RELOAD NOSAVE")
    see_to_files()
    assert send("DBSIZE", "LRANGE l 0 -1", "GET k") == b"+OK\r\n:6\r\n*1\r\n$1\r\na\r\n$1\r\nv\r\n"
    assert send("HGETALL h", "ZRANGE z 0 -1 WITHSCORES") == b"*2\r\n$1\r\nf\r\n$1\r\n1\r\n*2\r\n$1\r\nm\r\n$1\r\n1\r\n"
    assert send("SMEMBERS s", "SMEMBERS n") == b"*1\r\n$1\r\nx\r\n*1\r\n$1\r\n1\r\n"


def test_a_child_that_cannot_write_has_failed_until_one_can(server: Server, send: Send, see_to_files: SeeTo) -> None:
    send("BGSAVE")
    end_child(server, see_to_files, "No space left on device")
    assert persistence(send)["rdb_last_bgsave_status"] == "err"
    for line in ("SET k v", "PING"):
        assert send(line).startswith(b"-MISCONF"), line
    assert send("GET k") == b"$-1\r\n"
    for setting in ("stop-writes-on-bgsave-error no", "save "):
        name = setting.split()[0]
        before = server.config.values[name]
        server.config.values[name] = setting.partition(" ")[2]
        assert send("SET k v", "PING") == b"+OK\r\n+PONG\r\n"
        server.config.values[name] = before
    send("BGSAVE")
    end_child(server, see_to_files)
    assert persistence(send)["rdb_last_bgsave_status"] == "ok"
    assert send("SET k v", "PING") == b"+OK\r\n+PONG\r\n"


def test_nothing_is_written_for_a_child_that_is_killed(
    server: Server, send: Send, see_to_files: SeeTo, disk: Disk
) -> None:
    server.config.values["save"] = ""
    send("SET k v", "BGSAVE", "FLUSHALL")
    end_child(server, see_to_files)
    assert disk == {}
    assert persistence(send)["rdb_bgsave_in_progress"] == "0"


def test_flushall_saves_where_there_are_save_points(send: Send, see_to_files: SeeTo, disk: Disk) -> None:
    send("SET k v", "SAVE")
    see_to_files()
    with_key = disk[PATH]
    send("FLUSHALL")
    see_to_files()
    assert len(disk[PATH]) < len(with_key)


def test_a_save_point_is_reached_with_its_changes_behind_its_time(
    server: Server, send: Send, see_to_files: SeeTo, disk: Disk
) -> None:
    server.config.values["save"] = "60 2"
    send("SET a v")
    server.cron(server.now_ms + 61_000)
    assert not server.saving.is_running
    send("SET b v")
    server.cron(server.now_ms)
    assert server.saving.is_running
    end_child(server, see_to_files)
    assert disk[PATH]
    server.cron(server.now_ms + 61_000)
    assert not server.saving.is_running


def test_after_a_failure_a_save_point_waits(server: Server, send: Send, see_to_files: SeeTo) -> None:
    server.config.values["save"] = "1 1"
    send("SET a v")
    server.cron(server.now_ms + 2_000)
    end_child(server, see_to_files, "No space left on device")
    server.cron(server.now_ms + 5_000)
    assert not server.saving.is_running
    server.cron(server.now_ms + 1)
    assert server.saving.is_running


def test_shutdown_saves_as_it_is_told_or_as_there_are_save_points(
    server: Server, send: Send, see_to_files: SeeTo, disk: Disk
) -> None:
    assert b"syntax error" in send("SHUTDOWN NOSAVE SAVE")
    send("SHUTDOWN")
    see_to_files("No space left on device")
    assert b"Errors trying to SHUTDOWN" in send()
    assert not server.stopping
    assert send("SHUTDOWN SAVE") == b""
    see_to_files()
    assert server.stopping
    assert PATH in disk


@pytest.mark.parametrize(("option", "points"), [("NOSAVE", "1 1"), ("", "")])
def test_shutdown_without_a_file(server: Server, send: Send, disk: Disk, option: str, points: str) -> None:
    server.config.values["save"] = points
    assert send(f"SHUTDOWN {option}") == b""
    assert server.stopping
    assert not server.saving.effects


def test_reload_keeps_what_a_damaged_file_would_take(
    server: Server, send: Send, see_to_files: SeeTo, disk: Disk
) -> None:
    server.config.values["enable-debug-command"] = "yes"
    send("SET a 1", "SELECT 3", "SET b 2", "EXPIRE b 100", "DEBUG RELOAD")
    see_to_files()
    assert send("GET b", "TTL b", "SELECT 0", "GET a") == b"+OK\r\n$1\r\n2\r\n:100\r\n+OK\r\n$1\r\n1\r\n"
    disk[PATH] = disk[PATH][:-9]
    send("SET a 3", "DEBUG RELOAD NOSAVE")
    see_to_files()
    assert send("GET a") == b"-ERR Error trying to load the RDB dump\r\n$1\r\n3\r\n"
    assert b"MERGE, NOFLUSH and NOSAVE" in send("DEBUG RELOAD TWICE")
    assert b"in a transaction" in send("MULTI", "DEBUG RELOAD", "EXEC")


def test_reload_merges_what_is_there_with_the_file(server: Server, send: Send, see_to_files: SeeTo) -> None:
    server.config.values["enable-debug-command"] = "yes"
    send("SET a 1", "SET b 2", "SAVE")
    see_to_files()
    send("SET a 3", "DEL b", "SET c 4", "DEBUG RELOAD NOSAVE NOFLUSH")
    see_to_files()
    assert b"Error trying to load" in send("MGET a b c")
    send("DEBUG RELOAD NOSAVE NOFLUSH MERGE")
    see_to_files()
    assert send("MGET a b c") == b"+OK\r\n*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n4\r\n"


@pytest.mark.parametrize("version", ["6.2"])
def test_the_file_can_be_elsewhere_but_its_name_is_no_path(send: Send, see_to_files: SeeTo, disk: Disk) -> None:
    send("CONFIG SET dir /var/lib", "CONFIG SET dir ../run/redis", "CONFIG SET dbfilename other.rdb", "SAVE")
    see_to_files()
    assert list(disk) == ["/var/run/redis/other.rdb"]
    assert b"can't be a path, just a filename" in send("CONFIG SET dbfilename a/b")


@pytest.mark.parametrize("version", ["7.0"])
def test_where_the_file_is_cannot_be_set_in_7_0_unless_that_is_opened(server: Server, send: Send) -> None:
    for name in ("dir", "dbfilename"):
        message = f"ERR CONFIG SET failed (possibly related to argument '{name}') - can't set protected config"
        assert send(f"CONFIG SET {name} x") == b"-%b\r\n" % message.encode()
    server.config.values["enable-protected-configs"] = "yes"
    assert send("CONFIG SET dir /x", "CONFIG SET dbfilename x") == b"+OK\r\n+OK\r\n"


def test_watched_keys_count_as_changed_by_a_reload(
    server: Server, send: Send, see_to_files: SeeTo, connect: Callable[[], object]
) -> None:
    server.config.values["enable-debug-command"] = "yes"
    other = connect()
    send("SET a 1")
    send("WATCH a", "MULTI", client=other)
    send("DEBUG RELOAD")
    see_to_files()
    assert send("EXEC", client=other) == b"*-1\r\n"
