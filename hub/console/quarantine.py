"""What partners sent and nobody could read or match: list, bytes redacted, what may be done."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.matrix import Condition
from hub.console.gate import route
from hub.console.visit import Visit
from hub.errors import Invalid, Issue
from hub.model import Exchange
from hub.ports import Criterion
from hub.watching import quarantine
from hub.watching.dossiers import legible
from hub.watching.reading import LONGEST, indented

GONE = {"again", "matched", "discarded"}


def listed(visit: Visit) -> Response:
    """What waits."""
    done = visit.asked("done")
    return visit.page(
        "quarantine.html",
        items=quarantine.items(visit.hub, visit.asked("partner")),
        partner=visit.asked("partner"),
        done=done if done in GONE else "",
    )


def one(visit: Visit) -> Response:
    """One item, its bytes as its partner's adapter redacts them."""
    hub = visit.hub
    item = quarantine.item(hub, visit.request.path_params["id"])
    whole = visit.granted("exchange.payload") not in (None, Condition.GLASS)
    text = quarantine.shown(hub, item)
    if whole:
        visit.record("read-payload", f"Quarantine/{item.id}", page="console")
        text = legible(item.body)
    text = indented(text)
    return visit.page(
        "quarantine_item.html",
        item=item,
        text=text[:LONGEST],
        cut=len(text) > LONGEST,
        about=quarantine.about(hub, item),
        answers=visit.may("quarantine.answer"),
    )


def answer(visit: Visit) -> Response:
    """Take again, match or discard."""
    id = visit.request.path_params["id"]
    if visit.request.method == "GET":
        return visit.go(f"/quarantine/{id}")
    act, hub = visit.given("act"), visit.hub
    if act == "again":
        quarantine.again(hub, id, visit.actor)
        return visit.go("/quarantine?done=again")
    if act == "discard":
        quarantine.discard(hub, id, visit.given("reason"), visit.actor)
        return visit.go("/quarantine?done=discarded")
    found = _chosen(visit, quarantine.item(hub, id).partner)
    matched = quarantine.match(hub, id, found, visit.actor)
    hub.ring([matched.id])
    return visit.go(f"/exchanges/{matched.id}?done=matched")


def _chosen(visit: Visit, partner: str) -> Exchange:
    """The exchange a person named: by its id, submission, or sheet number.

    Raises:
        Invalid: none or several.
    """
    name, store = visit.given("exchange"), visit.hub.store
    found = [e for e in [store.exchange(name), store.by_submission(partner, name)] if e]
    if not found and name:
        sheet = Criterion("identifier", [("eq", "", name)])
        claims = [f"Claim/{r.id}" for r in store.search("Claim", [sheet], 100, None).resources]
        found = store.browse(resources=claims, partner=partner) if claims else []
    if len(found) != 1:
        raise Invalid(
            Issue(
                "multiple-matches" if found else "not-found",
                f"Échanges avec {partner.upper()} que « {name} » désigne : {len(found)}. "
                "Donnez l'identifiant d'un échange, celui que montre sa page.",
                f"Exchanges with {partner.upper()} that '{name}' names: {len(found)}. Give the id "
                "of one exchange, which its page shows.",
            )
        )
    return found[0]


ROUTES = (
    route("/quarantine", listed, "quarantine.read"),
    route("/quarantine/{id}", one, "quarantine.read"),
    route("/quarantine/{id}/answer", answer, "quarantine.answer", post=True),
)
