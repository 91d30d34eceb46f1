"""The part of a world by which commands say what enters the replication stream; nothing happens where nobody asks."""

from __future__ import annotations

from redproof_model.keyspace.session import Session
from redproof_model.propagation.arguments import Argument, Command
from redproof_model.propagation.recorder import SERVED, Recorder


class Propagating:
    """What has a `recorder` that is told, None where nobody asks for what is propagated."""

    session: Session

    def __init__(self) -> None:
        self.recorder: Recorder | None = None

    @property
    def serves(self) -> bool:
        """Whether a client is being served that has waited; only known where somebody asks for what is propagated."""
        return self.recorder is not None and self.recorder.call.name == SERVED

    def dirty(self, changes: int = 1) -> None:
        """Tell that the command has changed something that `modified` is not told of, so that it is propagated."""
        if self.recorder is not None:
            self.recorder.dirty(changes)

    def propagate(self, *command: Argument) -> None:
        """Let the command be propagated, if it is, as another one (`networking.c` rewriteClientCommandVector)."""
        if self.recorder is not None:
            self.recorder.rewrite(command)

    def propagate_either(self, one: Command, other: Command) -> None:
        """Let the command be propagated, if it is, as one of two others, which depends on the patch of the version."""
        if self.recorder is not None:
            self.recorder.rewrite(one, other)

    def propagate_also(self, *command: Argument) -> None:
        """Let another command be propagated, before this one (`server.c` alsoPropagate)."""
        if self.recorder is not None:
            self.recorder.also(self.session.database, command)

    def propagate_directly(self, *command: Argument) -> None:
        """As `propagate_also`, but not wrapped by versions that do not wait for the end (`server.c` propagate)."""
        if self.recorder is not None:
            self.recorder.also(self.session.database, command, directly=True)

    def prevent_propagation(self) -> None:
        """Let the command itself not be propagated (`networking.c` preventCommandPropagation)."""
        if self.recorder is not None:
            self.recorder.prevent()
