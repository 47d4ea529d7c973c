"""The web server: its port is taken first, it says when it answers, and it ends in order.

https://www.uvicorn.org/settings/
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from hub.cli.heads import Heads
from hub.cli.output import console
from hub.errors import Issue, Misconfigured
from hub.settings import Settings

#: Seconds the requests under way have to finish.
STOP_SECONDS = 5


class _Server(uvicorn.Server):
    """Tells once it answers."""

    told: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.told()


def listen(settings: Settings, command: str) -> socket.socket:
    """The hub's port, taken first so that a port in use is told at once.

    Raises:
        Misconfigured: uvloop is not installed.
        SystemExit: 1, the port is taken.
    """
    _require_uvloop()
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError:
        listening.close()
        console.print(
            f"Le port {settings.port} est déjà pris. Essayez : benkan {command} --port 0\n"
            f"Port {settings.port} is in use. Try: benkan {command} --port 0"
        )
        raise SystemExit(1) from None
    return listening


def address(settings: Settings, listening: socket.socket) -> str:
    """Where the hub answers on this machine, e.g. http://127.0.0.1:8080."""
    return f"http://{settings.host}:{listening.getsockname()[1]}"


def run(app: ASGIApp, listening: socket.socket, told: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests under way and come back."""
    end_in_order()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=Heads,
        ws="none",
        log_level="warning",
        access_log=False,  # addresses carry the identifiers of insured people
        server_header=False,
        proxy_headers=False,  # hub.api.front believes those of trusted proxies alone
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    server = _Server(config)
    server.told = told
    server.run(sockets=[listening])


def end_in_order() -> None:
    """Let what follows a web server in this process run after SIGTERM or SIGINT.

    uvicorn raises the signal again once it has stopped; without a handler of ours that would end
    the process at once.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)


def _require_uvloop() -> None:
    try:
        import uvloop  # noqa: F401
    except ImportError:
        raise Misconfigured(
            Issue(
                "not-found",
                "uvloop n'est pas installé ; le serveur ne démarre pas sans lui. Réinstallez avec "
                "`make install`.",
                "uvloop is not installed, and the server does not start without it. Install again "
                "with `make install`.",
            )
        ) from None
