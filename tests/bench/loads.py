"""How a load is laid on: many things done at the same instant or spread over some seconds."""

import asyncio
import gc
import random
import time
from collections.abc import Awaitable, Callable, Iterable

Shot = Callable[[], Awaitable[float]]
"""Does one thing, and returns the moment it was done (seconds of `time.perf_counter`)."""

busiest = 0.0
"""The largest part of any load's time that this process itself was busy: near 1 it would be what is slow."""


async def fire(shots: Iterable[Shot], *, over_s: float = 0.0) -> list[float]:
    """Do all at the same instant, or each at some moment within `over_s`; return the seconds each took."""
    global busiest
    gc.collect()
    gc.disable()
    began, worked = time.perf_counter(), time.process_time()
    took = await asyncio.gather(*(_one(shot, began, over_s) for shot in shots))
    busiest = max(busiest, (time.process_time() - worked) / (time.perf_counter() - began))
    gc.enable()
    return took


async def _one(shot: Shot, began: float, over_s: float) -> float:
    if over_s:
        await asyncio.sleep(random.uniform(0, over_s))
        began = time.perf_counter()
    return await shot() - began
