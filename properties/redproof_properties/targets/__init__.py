"""Targets: the servers under test, and what the properties may do with each."""

from redproof_properties.targets.connection import Connection
from redproof_properties.targets.greeting import ServerVersion
from redproof_properties.targets.parse import SPELLINGS, parse_target
from redproof_properties.targets.target import Capabilities, Target

__all__ = ["SPELLINGS", "Capabilities", "Connection", "ServerVersion", "Target", "parse_target"]
