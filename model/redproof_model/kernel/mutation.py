"""Mutants: a system made from sources in which one text stands for another, to see whether its claims notice.

The sources stay as they are: the changed module and those of its package that use it are imported apart.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from redproof_model.kernel.system import System


def mutant(package: str, maker: str, module: str, before: str, after: str) -> System:
    """The system that `maker`, `module:function` within `package`, makes where `module` says `after` for `before`.

    Modules are named within the package. Raises ValueError unless `before` stands in the module exactly once.
    """
    where, _, function = maker.partition(":")
    with _imported_apart(package, f"{package}.{module}", before, after):
        make: Callable[[], System] = getattr(import_module(f"{package}.{where}"), function)
    return make()


class _Substituting(SourceFileLoader):
    """Loads a module from its source with one text replaced; the compiled form is not kept."""

    before = ""
    after = ""

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_data(self.path).decode()
        found = source.count(self.before)
        if found != 1:
            raise ValueError(f"{fullname} has the text to be replaced {found} times, not once: {self.before!r}")
        return compile(source.replace(self.before, self.after), self.path, "exec", dont_inherit=True)


@contextmanager
def _imported_apart(package: str, module: str, before: str, after: str) -> Iterator[None]:
    """Import the modules of a package anew, one of them changed, and forget them afterwards."""
    attributes = vars(import_module(package))
    kept, kept_attributes = _taken_out(package), dict(attributes)
    finder = _finder(module, before, after)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        _taken_out(package)
        sys.modules.update(kept)
        # Importing a module has made it an attribute of its package.
        attributes.clear()
        attributes.update(kept_attributes)


def _taken_out(package: str) -> dict[str, ModuleType]:
    """Take the modules of a package out of those that are imported; the package itself stays."""
    names = [name for name in sys.modules if name.startswith(f"{package}.")]
    return {name: sys.modules.pop(name) for name in names}


def _finder(module: str, before: str, after: str) -> Any:
    class Finder:
        @staticmethod
        def find_spec(name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
            spec = PathFinder.find_spec(name, path, target) if name == module else None
            if spec is None or spec.origin is None:
                return None
            spec.loader = loader = _Substituting(name, spec.origin)
            loader.before, loader.after = before, after
            return spec

    return Finder()
