"""Which version of the model judges a server."""

import warnings

import pytest
from redproof_model.version import REDIS_6_2, REDIS_7_0, VERSIONS
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


def test_a_server_that_is_not_modelled_is_judged_as_the_newest_with_a_warning() -> None:
    with pytest.warns(NotModelled, match=r"fakeredis 2\.40\.0 is not modelled and judged as redis 7\.0; --judge-as"):
        assert model_version(told("fakeredis", 2, 40, 0)) is VERSIONS[-1]


def test_a_version_that_was_asked_for_comes_before_the_detected_one_and_needs_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model_version(told("fakeredis", 2, 40, 0), "6.2") is REDIS_6_2
        assert model_version(told("redis", 6, 2, 14), "7.0") is REDIS_7_0


@pytest.mark.parametrize("text", ["", "7", "7.0.15", "redis 7.0", "5.0"])
def test_an_unknown_version_lists_the_known(text: str) -> None:
    with pytest.raises(UsageError, match=r"only 6\.2 and 7\.0") as caught:
        version_named(text)
    assert caught.value.exit_code == 2
