"""The pictures of the documentation, drawn from states that the systems reach, so that they show what is so.

`states` reaches the states, `tables` and `order` draw them, `svg` writes them down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from redproof_reports.drawing.order import cursor_order
from redproof_reports.drawing.tables import dict_rehashing, scan_call

PICTURES: Final[Mapping[str, Callable[[], str]]] = {
    "cursor-order.svg": cursor_order,
    "dict-rehashing.svg": dict_rehashing,
    "scan-call.svg": scan_call,
}
"""What draws each file of docs/pictures/."""
