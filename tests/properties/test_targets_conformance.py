"""The kinds of target that redproof brings, held to its own conformance kit."""

import shutil
from collections.abc import Iterator

import pytest
from redproof_properties.conformance import TargetConformance
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.process import ProcessTarget


class TestBundled(TargetConformance):
    def make_target(self) -> Target:
        return parse_target("bundled")


class TestBundledEmulating62(TargetConformance):
    def make_target(self) -> Target:
        return parse_target("bundled:6.2")


class TestRedis(TargetConformance):
    def make_target(self) -> Target:
        return parse_target("redis")


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server on PATH")
class TestLocal(TargetConformance):
    def make_target(self) -> Target:
        return parse_target("local:redis-server")


class TestUrl(TargetConformance):
    """A URL to a server that was started for the test."""

    @pytest.fixture(autouse=True)
    def _server(self) -> Iterator[None]:
        with parse_target("redis") as server:
            assert isinstance(server, ProcessTarget)
            self.url = str(server.tcp_address)
            yield

    def make_target(self) -> Target:
        return parse_target(self.url)
