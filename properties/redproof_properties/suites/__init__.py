"""Servers of other suites of the Debian distribution, unpacked beside the system and not into it."""

from redproof_properties.suites.root import Root
from redproof_properties.suites.store import Package, unpacked

__all__ = ["Package", "Root", "unpacked"]
