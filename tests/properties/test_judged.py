"""Which version of the model judges a server."""

import warnings

import pytest
from redproof_model.versions import REDIS_6_2, REDIS_7_0, REDIS_8_6, VALKEY_8_1, VALKEY_9_1, Version
from redproof_properties.errors import UsageError
from redproof_properties.judged import NotModelled, model_version, version_named
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.greeting import ServerVersion


def told(family: str, *number: int) -> Target:
    """A target whose server has told this version."""
    target = parse_target("redis://127.0.0.1:1")
    major, minor, patch = number
    target._version = ServerVersion(family, (major, minor, patch))
    return target


def test_a_server_is_judged_as_the_version_that_it_tells() -> None:
    assert model_version(told("redis", 6, 2, 14)) is REDIS_6_2
    assert model_version(told("redis", 7, 0, 0)) is REDIS_7_0


@pytest.mark.parametrize(
    ("family", "number", "nearest"),
    [("fakeredis", (2, 40, 0), REDIS_8_6), ("valkey", (10, 1, 0), VALKEY_9_1), ("valkey", (8, 9, 0), VALKEY_8_1)],
)
def test_a_server_that_is_not_modelled_is_judged_as_the_nearest_with_a_warning(
    family: str, number: tuple[int, int, int], nearest: Version
) -> None:
    with pytest.warns(NotModelled, match=rf"{family} .* is not modelled and judged as {nearest.name}; --judge-as"):
        assert model_version(told(family, *number)) is nearest


def test_a_version_that_was_asked_for_comes_before_the_detected_one_and_needs_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model_version(told("fakeredis", 2, 40, 0), "6.2") is REDIS_6_2
        assert model_version(told("redis", 6, 2, 14), "7.0") is REDIS_7_0


@pytest.mark.parametrize("text", ["valkey 8.1", "valkey:8.1", "Valkey 8.1"])
def test_a_version_of_another_family_is_named_with_it(text: str) -> None:
    assert version_named(text) is VALKEY_8_1


@pytest.mark.parametrize("text", ["", "7", "7.0.15", "valkey", "5.0", "redict 8.0"])
def test_an_unknown_version_lists_the_known(text: str) -> None:
    with pytest.raises(UsageError, match=r"only redis 6\.0, redis 6\.2, .*valkey 9\.1") as caught:
        version_named(text)
    assert caught.value.exit_code == 2
