"""One act on one exchange: what may be done to it as it is now, and doing it."""

from __future__ import annotations

from collections.abc import Callable

from hub.errors import Conflict, Invalid, Issue
from hub.exchange import cancelling, replaying
from hub.model import Exchange, State
from hub.wiring import Hub

#: The right each of them needs.
RIGHTS = {
    "hold": "exchange.hold",
    "resume": "exchange.hold",
    "withdraw": "exchange.cancel",
    "cancel": "exchange.cancel",
    "replay": "exchange.replay",
}
SHORTEST_REASON = 5  #: characters


def offered(found: Exchange, may: Callable[[str], bool]) -> list[str]:
    """What somebody may do to it as it is now.

    Args:
        may: have they this operation of the matrix?
    """
    over = found.state in (State.CLOSED, State.CANCELLED)
    replays = not found.held and replaying.kind(found) != replaying.NOTHING
    acts = []
    if may("exchange.hold"):
        acts += ["resume"] if found.held else [] if over else ["hold"]
    if may("exchange.cancel"):
        if found.state in (State.ACCEPTED, State.READY):
            acts.append("withdraw")
        elif (
            found.parent is None
            and found.operation in cancelling.OF_A_CLAIM
            and found.state in (State.SENT, State.PENDING)
        ):
            acts.append("cancel")
    if may("exchange.replay") and replays:
        acts.append("replay")
    return acts


def check(found: Exchange, action: str, may: Callable[[str], bool]) -> None:
    """Is it offered?

    Raises:
        Conflict: not as the exchange is now.
    """
    if action not in offered(found, may):
        raise Conflict(
            Issue(
                "business-rule",
                "Ce n'est pas possible dans l'état actuel de l'échange : il a peut-être "
                "avancé entre-temps. Rouvrez sa page.",
                "This is not possible in the exchange's present state: it may have moved on "
                "meanwhile. Open its page again.",
            )
        )


def do(hub: Hub, found: Exchange, action: str, reason: str, actor: str) -> Exchange:
    """Do it, and have a worker look; gives the exchange as it is then.

    Raises:
        Invalid: no reason where one is needed.
        Conflict: it has moved on, or is busy.
    """
    control, told = hub.control, reason.strip()
    if action == "resume":
        done = control.resume(found.id, actor)
    elif len(told) < SHORTEST_REASON:
        raise Invalid(
            Issue(
                "required",
                "Donnez le motif en quelques mots : il reste dans l'histoire de l'échange. "
                "Revenez en arrière, complétez, puis confirmez.",
                "Give the reason in a few words: it stays in the exchange's story. Go back, fill "
                "it in, then confirm.",
            )
        )
    elif action == "replay":
        done = replaying.replay(control, found.id, told, actor).exchange
    else:
        act = {"hold": control.hold, "withdraw": control.withdraw, "cancel": control.cancel}[action]
        done = act(found.id, told, actor)
    hub.ring([done.id])
    return done
