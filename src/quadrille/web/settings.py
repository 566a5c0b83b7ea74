"""What a server is started with."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from quadrille.arguments import at_least
from quadrille.errors import OptionError

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How pages are served.

    Attributes
    ----------
    data : str
        What ties are read from; as in `quadrille.open`.
    lake : str or None
        Where the acts behind ties may lie; by default as in `quadrille.open`.
    host, port : str, int
    token : str or None
        What a client must show; needed for every host but loopback.
    workers : int
        Heavy questions answered at once, each in a process of its own.
    waiting : int
        Heavy questions that may wait for one of these; further ones are refused.
    seconds : int
        Of processor time that a heavy question may take; by the clock, four times as long.
    rate : int
        Requests that one client may make in a minute; 0: as many as it likes.
    """

    data: str = "index"
    lake: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    workers: int = 2
    waiting: int = 8
    seconds: int = 300
    rate: int = 0

    def __post_init__(self) -> None:
        at_least("port", self.port, 0, 65_535)
        at_least("workers", self.workers, 1, 64)
        if not self.local and not self.token:
            raise OptionError(
                f"host {self.host} can be reached from other machines; give a token that they must show, "
                "or leave host out"
            )
        if self.token is not None and len(self.token) < 16:
            raise OptionError("token is shorter than 16 characters; give a longer one")

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
