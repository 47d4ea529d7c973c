"""Partners for administrators: state, switch, certificates, certification, sandbox, settings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hub.api.admin_door import doors, file, record, said, text, wrong
from hub.api.admin_exchanges import LANGUAGES
from hub.authoring.people import Person
from hub.errors import Invalid, Issue
from hub.formats import exact_json
from hub.model import Tree
from hub.ports.watch import DRAINING, PAUSED
from hub.watching import certifying, jobs, partners, proposals, sandboxes, settings
from hub.watching.sandboxes import Behaviour
from hub.wiring import Hub

ORDERS = {"pause": PAUSED, "drain": DRAINING, "resume": ""}


def _listed(hub: Hub, person: Person, asked: Tree) -> Any:
    return {"partners": [partners.told(one) for one in partners.overviews(hub)]}


def _one(hub: Hub, person: Person, asked: Tree) -> Any:
    name = text(asked, "partner")
    overview = partners.overview(hub, name)
    return partners.told(overview) | {
        "operations": dict(sorted(overview.adapter.operations.items())),
        "bodies": [body.code for body in partners.bodies(hub, name)],
        "agreements": [asdict(one) for one in partners.agreements(hub, name)],
        "lists": [asdict(one) for one in hub.store.reference_pulls() if one.partner == name],
        "certifications": [jobs.told(j) for j in hub.store.jobs(certifying.KIND, name, 10)],
    }


def _order(hub: Hub, person: Person, asked: Tree) -> Any:
    order, name = said(asked, "order"), text(asked, "partner")
    if order not in ORDERS:
        known = ", ".join(ORDERS)
        raise wrong(f"« order » est l'un de : {known}.", f"'order' is one of: {known}.")
    partners.switch(hub, name, ORDERS[order], said(asked, "reason"), person.id)
    return {"partner": name, "mode": ORDERS[order]}


def _certificates(hub: Hub, person: Person, asked: Tree) -> Any:
    overview = partners.overview(hub, text(asked, "partner"))
    found, told = partners.certificates(hub, overview.name)
    shown = [asdict(one) | {"ends": one.ends.isoformat(), "days": one.days} for one in found]
    return {"certificates": shown, "unread": told}


def _certify(hub: Hub, person: Person, asked: Tree) -> Any:
    return jobs.told(certifying.start(hub, text(asked, "partner"), person.id))


def _report(hub: Hub, person: Person, asked: Tree) -> Any:
    name, id = text(asked, "partner"), text(asked, "id")
    made = certifying.found(hub, name, id)
    form, lang = said(asked, "form", "json"), said(asked, "lang", "fr")
    if form not in ("json", "html") or lang not in LANGUAGES:
        raise wrong("« form » : json, html ; « lang » : fr, en.", "form: json, html; lang: fr, en.")
    stem = f"certification-{name}-{made['report']['at'][:10]}"
    if form == "html":
        return file(made[lang].encode(), "text/html; charset=utf-8", f"{stem}.html")
    return file(exact_json.dumps(made["report"]), "application/json", f"{stem}.json")


def _behaviour(hub: Hub, person: Person, asked: Tree) -> Any:
    name = text(asked, "partner")
    found = sandboxes.behaviour(hub.settings, name)
    if found is None:
        raise sandboxes.absent(name)
    return _told(found)


def _misbehave(hub: Hub, person: Person, asked: Tree) -> Any:
    name, kind = text(asked, "partner"), said(asked, "kind")
    if not kind:
        raise Invalid(
            Issue(
                "required",
                "« kind » manque : une sorte de GET /admin/partners/misbehave, ou none pour tout "
                "oublier.",
                "'kind' is missing: one of GET /admin/partners/misbehave, or none to forget all.",
            )
        )
    wanted = "" if kind == "none" else kind
    more = said(asked, "seconds"), said(asked, "operation")
    found = sandboxes.misbehave(hub.settings, name, wanted, *more)
    record(hub, person, "sandbox-told", f"Partner/{name}", kind=kind)
    return _told(found)


def _told(found: Behaviour) -> Tree:
    return {"waiting": found.waiting, "kinds": found.kinds}


def _settings(hub: Hub, person: Person, asked: Tree) -> Any:
    name = text(asked, "partner")
    pending = [one.seq for one in proposals.pending(hub, "setting", name)]
    listed = [asdict(one) for one in settings.listed(hub, name)]
    return {"partner": name, "settings": listed, "proposals": pending}


def _propose(hub: Hub, person: Person, asked: Tree) -> Any:
    name, setting, reason = text(asked, "partner"), text(asked, "setting"), said(asked, "reason")
    payload = {"value": said(asked, "value")}
    seq = proposals.propose(hub, "setting", setting, name, payload, reason, person.id)
    return {"number": seq}


ROUTES = doors(
    {
        ("GET", "/partners"): (_listed, "partner.read"),
        ("POST", "/partners"): (_order, "partner.pause"),
        ("GET", "/partners/one"): (_one, "partner.read"),
        ("GET", "/partners/certificates"): (_certificates, "partner.read"),
        ("POST", "/partners/certify"): (_certify, "partner.pause"),
        ("GET", "/partners/report"): (_report, "partner.read"),
        ("GET", "/partners/misbehave"): (_behaviour, "partner.read"),
        ("POST", "/partners/misbehave"): (_misbehave, "partner.pause"),
        ("GET", "/partners/settings"): (_settings, "partner.endpoint"),
        ("POST", "/partners/settings"): (_propose, "partner.endpoint"),
    }
)
