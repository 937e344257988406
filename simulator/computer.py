"""The Windows computer on which a Web Connector runs, and the person who may sit at it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

#: Gets the address of the service's page; says '' once it is open, else why it will not be.
Visit: TypeAlias = Callable[[str], Awaitable[str]]


@dataclass(slots=True)
class Computer:
    """One Windows user on one machine. Connectors that share it update one after another."""

    machine: str = "OFFICE-PC"
    #: Whether somebody clicks "go on" when the service warns of this version.
    accepts_warnings: bool = True
    #: How interactive mode is met; without it nobody is there, and the mode is rejected.
    visit: Visit | None = None
    #: The registry's UpdateLock: all applications of one Windows user share it.
    update_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
