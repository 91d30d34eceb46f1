"""A judge that sends a command when the one before is answered: a server that ends is seen to end at the right one.

Of commands that are sent together none is answered where one of them ends the server, for replies are written last.
"""

from __future__ import annotations

from redproof_properties.conversation import Conversation
from redproof_properties.history import Call, History
from redproof_properties.judge import Judge
from redproof_properties.targets import Connection


class StepwiseConversation(Conversation):
    """A history of which nothing is sent before the command before it is answered."""

    def _batch(self, history: History, first: Call, position: int) -> list[Call]:
        return [first]


class StepwiseJudge(Judge):
    """As `Judge`, but one command at a time; for histories that are run by themselves."""

    def _conversation(self, links: dict[str, Connection]) -> Conversation:
        return StepwiseConversation(*self._context(links))
