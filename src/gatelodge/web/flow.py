"""Flow control of one connection: when the application last asked for more of the body."""

import asyncio

from uvicorn.protocols.http.flow_control import FlowControl

from gatelodge.web.sweep import Sweep


class AskingFlow(FlowControl):
    """Flow control that notes when the application last asked for a part of the body."""

    def __init__(self, transport: asyncio.Transport, sweep: Sweep) -> None:
        super().__init__(transport)
        self._sweep = sweep
        self.asked_at = 0.0

    def resume_reading(self) -> None:
        """Read on; uvicorn calls it whenever the application awaits ``receive``."""
        self.asked_at = self._sweep.now
        if self.read_paused:
            super().resume_reading()
