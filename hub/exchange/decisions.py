"""A person decides who is meant: the right number, and all that waited for it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from hub.errors import Invalid, Issue, NotFound
from hub.exchange import crosswalk, doubts, news
from hub.exchange.control import Control
from hub.exchange.parts import Parts
from hub.model import State
from hub.ports import Identity


def resolve(control: Control, id: str, key: crosswalk.Key, actor: str) -> int:
    """The right number of the person: all that waited for it goes on, notices with the next sweep.

    The numbers in doubt lead to that person from now on, unless they are somebody else's; then
    the decision holds for exactly these numbers together.

    Args:
        key: (system, value) of the right number; "" as system: whichever has this value.

    Returns:
        How many exchanges were resumed.

    Raises:
        NotFound: no such task, or nobody has that number.
        Invalid: it was resolved before, or that number is several people's.
    """
    parts = control.trip
    task = parts.store.task(id)
    if task is None:
        raise NotFound(_absent(id))
    if task.resolved is not None:
        raise Invalid(_closed(id))
    person = _person(parts, key)
    known = parts.store.identities(task.keys)
    others = {(row.system, row.value) for row in known if row.person != person}
    rows = [
        Identity(system, value, person, "secondary", source=f"{actor} (tâche {id})")
        for system, value in task.keys
        if (system, value) not in others and (system, value) != key
    ]
    if not parts.store.resolve_task(id, person, actor, rows):
        raise Invalid(_closed(id))
    doubts.show(parts, id)
    return _resumed(control, task.exchanges, actor)


def apply_news(parts: Parts) -> int:
    """Notices that waited for a decision, applied by whoever has the way to their partner."""
    count = 0
    for number, partner, reply in parts.store.decided_news():
        if partner in parts.adapters and news.apply(parts, partner, reply):
            parts.store.news_applied(number)
            count += 1
    return count


def _person(parts: Parts, key: crosswalk.Key) -> str:
    system, value = key
    systems = [system] if system else _systems(parts)
    keys = [(one, value) for one in systems]
    found = crosswalk.find(parts.store, keys, parts.clock.now().date())
    if found.several:
        raise Invalid(_still_several(value))
    if not found.person:
        raise NotFound(_nobody(value))
    return found.person


def _systems(parts: Parts) -> list[str]:
    from_table = {b.number for b in parts.table.bodies.values()} - {""}
    return sorted({*from_table, *parts.store.identity_systems()})


def _resumed(control: Control, ids: Sequence[str], actor: str) -> int:
    count = 0
    for id in ids:
        exchange = control.trip.store.exchange(id)
        if exchange is not None and exchange.held and exchange.state is State.ACCEPTED:
            control.resume(id, actor)
            count += 1
    return count


def _absent(id: str) -> Issue:
    return Issue(
        "not-found",
        fr=f"Aucune tâche {id}. « benkan task list » les montre.",
        en=f"No task {id}. 'benkan task list' shows them.",
    )


def _closed(id: str) -> Issue:
    return Issue(
        "business-rule",
        fr=f"La tâche {id} est déjà résolue : il n'y a rien à faire.",
        en=f"Task {id} is resolved already: there is nothing to do.",
    )


def _still_several(value: str) -> Issue:
    return Issue(
        "multiple-matches",
        fr=f"Le numéro {value} est celui de plusieurs personnes. Donnez-en un autre, ou précisez "
        "son système (--system).",
        en=f"Number {value} is that of several people. Give another one, or name its system "
        "(--system).",
    )


def _nobody(value: str) -> Issue:
    return Issue(
        "not-found",
        fr=f"Personne n'a le numéro {value} dans le hub. Vérifiez-le (benkan person show), ou "
        "attendez l'avis d'immatriculation de l'organisme.",
        en=f"Nobody has number {value} in the hub. Check it (benkan person show), or wait for the "
        "institution's registration notice.",
    )
