"""Long histories: the engine propagates what servers do."""

from collections.abc import Iterator

import pytest
from redproof_model.reply import Reply
from redproof_properties.errors import UsageError
from redproof_properties.targets.inquiry import fields
from stream_histories import Histories
from stream_masters import TARGETS, Engine, Heard, Master, Sent, read_words, show, started_master

SEEDS = 6
SEEDS_OF_COUNTS = 2
LENGTH = 400
MARK = b"mark"


@pytest.fixture(scope="module", params=sorted(TARGETS))
def master(request: pytest.FixtureRequest) -> Iterator[Master]:
    """Each server that is there."""
    try:
        with started_master(request.param) as master:
            yield master
    except UsageError as missing:
        pytest.skip(str(missing))


def between_marks(stream: list[Sent]) -> list[list[Sent]]:
    """What each group of commands propagated."""
    groups: list[list[Sent]] = [[]]
    for db_index, argv in stream:
        if argv[:2] == [b"PUBLISH", MARK]:
            groups.append([])
        else:
            groups[-1].append((db_index, argv))
    return groups


def agree(real: list[Sent], own: list[Sent], heard: Heard) -> bool:
    """Whether two streams are the same but for when they were made."""
    return len(real) == len(own) and all(
        db_index == own_index and len(argv) == len(own_argv) and all_words_agree(argv, own_argv, heard)
        for (db_index, argv), (own_index, own_argv) in zip(real, own, strict=True)
    )


def all_words_agree(real: list[bytes], own: list[bytes], heard: Heard) -> bool:
    """Whether words are equal, or times that lie as far apart as the run may have taken: the engine's clock stands."""
    return all(
        word == own_word or (own_word.isdigit() and is_later(word, int(own_word), heard))
        for word, own_word in zip(real, own, strict=True)
    )


def is_later(word: bytes, own_ms: int, heard: Heard) -> bool:
    """Whether a word is a time that was calculated at a later moment of the run."""
    return own_ms > heard.started_ms and word.isdigit() and 0 <= int(word) - own_ms <= heard.ended_ms - heard.started_ms


def first_difference(master: Master, seed: int) -> list[str]:
    """What the first commands that differ sent, and both streams; empty when there are none."""
    history = Histories(master.version).history(seed, LENGTH)
    mark = [b"PUBLISH", MARK, b"-"]
    requests = [request for group in history for request in (*(read_words(line, 0) for line in group), mark)]
    _, heard = master.pipeline(requests)
    engine = Engine(master.version, heard.started_ms)
    for request in requests:
        engine.send(request)
    real_groups, own_groups = between_marks(heard.stream), between_marks(engine.stream)
    for group, real, own in zip([*history, []], real_groups, own_groups, strict=True):
        if not agree(real, own, heard):
            return [f"sent {group}", f"real {show(real)}", f"own {show(own)}"]
    return []


@pytest.mark.parametrize("seed", range(SEEDS))
def test_streams_of_a_history_are_equal(master: Master, seed: int) -> None:
    assert first_difference(master, seed) == []


@pytest.mark.parametrize("seed", range(SEEDS, SEEDS + SEEDS_OF_COUNTS))
def test_changes_are_counted_alike(master: Master, seed: int) -> None:
    history = Histories(master.version).history(seed, LENGTH)
    ask = [b"INFO", b"persistence"]
    groups = [[*(read_words(line, 0) for line in group), ask] for group in history]
    replies, heard = master.pipeline([ask, *(request for group in groups for request in group)])
    engine = Engine(master.version, heard.started_ms)
    before, position = changes(replies[0]), 0
    for group in groups:
        for request in group:
            engine.send(request)
        position += len(group)
        assert changes(replies[position]) - before == engine.server.dirty, group


def changes(info: Reply) -> int:
    """The changes since the last save, of which there is none in these tests."""
    return int(fields(info)["rdb_changes_since_last_save"])
