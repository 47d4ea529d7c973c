"""A console in which every page has something to show: what waits, what ran, what was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from browser_world import exchange

from hub import wiring
from hub.access.clients import Client
from hub.authoring import references, releases, replay
from hub.authoring.people import Person
from hub.certification.findings import Note, Outcome, Part, Result
from hub.certification.report import Report
from hub.evidence.chain import Act
from hub.model import Event, Inbound, State
from hub.ports import Acceptance, Upload
from hub.ports.watch import Job
from hub.watching import agreements, proposals

CANONICAL = "https://benkan.example/fhir"
MAP, TABLE = f"{CANONICAL}/StructureMap/inps-claim", f"{CANONICAL}/ConceptMap/inps-acte"
CURRENCY = "claim -> f.devise = (iif("
TARIFF = "code;libellé;valeur\nC;Consultation (fictif);2000\nZ 20;Échographie (fictif);12500\n"
#: Accounts beside those of the roles: who decides, who may do nothing, whose phone is lost.
OTHERS = {"second": "security", "lost": "operator"}
DAY = date(2026, 10, 3)  #: of care
Who = Callable[[str], str]  #: a role → the account that has it


def furnish(hub: wiring.Hub, who: Who) -> dict[str, str]:
    """Put in what every page needs besides exchanges; gives ids by name."""
    ids = {"map": MAP, "table": TABLE, "operator": who("operator")}
    ids |= _work(hub, who("operator"))
    ids |= _asked_for(hub, who("security"))
    ids |= _list(hub, who("mapping-editor"))
    ids |= _draft(hub, who("mapping-editor"))
    lost = hub.store.account("lost")
    assert lost is not None
    ids["secret"] = lost.totp
    now = datetime.now(UTC)
    glass = Act(
        f"person|{who('operator')}",
        "break-glass",
        "Exchange/moving",
        now,
        {"reason": "Réclamation du prestataire, dossier 12"},
    )
    hub.store.record([glass])
    return ids


def crowd(hub: wiring.Hub) -> None:
    """Exchanges in each state that a page acts on; fifty more make the list a full one."""
    lacking = {"system": f"{CANONICAL}/CodeSystem/acte", "path": "Claim.item[0]"}
    lacking |= {"map": f"{TABLE}|0.1.0", "display": "Kinésithérapie"}
    now = datetime.now(UTC).replace(microsecond=0)
    made = [exchange(id, State.READY) for id in ("moving", "moving2", "moving3")]
    made.append(exchange("sent", State.PENDING))
    for id, code in (("held", "kine"), ("ready", "consult-gen")):
        reason = f"Le code {code} n'a pas d'équivalent."
        detail = {"missing": [{**lacking, "code": code}]}
        one = exchange(id, State.ACCEPTED)
        made.append(replace(one, held=True, reason=reason, detail=detail))
    made += [exchange(f"1{number:03}", State.CLOSED) for number in range(52)]
    for one in made:
        mine = replace(one, partner="inps", created=now, updated=now, care_date=DAY)
        told = Event(now, "accepted", "Feuille reçue et enregistrée.", one.state)
        hub.store.accept([Acceptance((), (mine,), {mine.id: (told,)})])
    hub.store.inbox_put("inps", Inbound("R-2026-11.txt", b"999 ligne inconnue\n"))


def _work(hub: wiring.Hub, operator: str) -> dict[str, str]:
    now = datetime.now(UTC)
    running = Job("job-bulk", "bulk", "resume", f"person|{operator}", now, now, total=120)
    hub.store.job_begun(running)
    hub.store.job_moved(replace(running, done=48, seen=now + timedelta(hours=1)))
    done = replace(running, id="job-certify", kind="certify", subject="inps", total=2)
    hub.store.job_begun(done)
    found = Result(
        Part.TECHNICAL,
        "timeout",
        Note("Un appel sans réponse", "A call without an answer"),
        Outcome.PASSED,
    )
    report = Report("inps", now, "0.1.0", "", [("claim", "sftp-fixed")], [found])
    pages = {language: report.page(language) for language in ("fr", "en")}
    result = json.dumps({"report": report.tree(), **pages}).encode()
    over = replace(done, outcome="done", told="Certification réussie.", finished=now, seen=now)
    hub.store.job_moved(replace(over, done=2), result)
    return {"job": "job-bulk", "certification": "job-certify"}


def _asked_for(hub: wiring.Hub, security: str) -> dict[str, str]:
    """One proposal of each kind."""
    key = {"kty": "EC", "crv": "P-256", "x": "fictif", "y": "fictif", "kid": "k1"}
    client = Client(
        "pharmacie-du-fleuve",
        "Pharmacie du Fleuve (fictive)",
        ("provider",),
        "fleuve",
        (f"{CANONICAL}/sid/convention|CNV-ML-00001",),
        "system/*.crs",
        jwks={"keys": [key]},
    )
    hub.store.put_client(client, "test", "client-added")
    person = f"person|{security}"
    wanted = {"name": "Bintou Exemple", "roles": ["mapping-editor"], "body": ""}
    reason = "Nouvelle collègue"
    for id in ("bintou", "modibo"):
        seq = proposals.propose(hub, "account", "add", id, wanted, reason, person)
    _agreements(hub, person)
    return {"client": client.id, "proposal": str(seq)}


def _agreements(hub: wiring.Hub, person: str) -> None:
    """One that holds, one whose last day waits for a decision."""
    names = ("SN", "ML", "2027-01-01")
    for reference, end in (("Accord fictif 2026-1", "2027-12-31"), ("Accord fictif 2026-2", "")):
        care, cover, start = names if not end else ("CI", "ML", "2026-01-01")
        given = agreements.payload(care, cover, start, end, reference)
        name = agreements.subject(given)
        made = proposals.propose(hub, "agreement", "add", name, given, "Texte reçu", person)
        proposals.accept(hub, made, "person|second")
    given = agreements.payload(*names, "2028-06-30", "Accord fictif 2026-2")
    name = agreements.subject(given)
    proposals.propose(hub, "agreement", "end", name, given, "Dénoncé par le pays", person)


def _list(hub: wiring.Hub, editor: str) -> dict[str, str]:
    """A list that was imported, and a file whose preview waits."""
    wanted = references.Wanted("tarifs", date(2026, 1, 1))
    shown = references.preview(hub.store, wanted, TARIFF.encode(), "tarif.csv")
    references.apply(hub.store, shown, f"person|{editor}", "Tarif fictif de 2026")
    detail = {"list": "tarifs", "owner": "", "start": "2027-01-01", "whole": False, "currency": ""}
    detail["owner"] = wanted.owner
    body = TARIFF.replace("2000", "2500").encode()
    hub.store.keep_upload(
        Upload("upload", f"person|{editor}", datetime.now(UTC), "tarif-2027.csv", body, detail)
    )
    return {"upload": "upload"}


def _draft(hub: wiring.Hub, editor: str) -> dict[str, str]:
    """A draft that changes what one writes, proposed, and what it would change."""
    person = Person(f"person|{editor}", ("mapping-editor",))
    begun = releases.open_draft(hub, person, MAP)
    text = begun.text.replace(CURRENCY, "claim -> f.devise = ('EUR') \"devise\"; // (iif(", 1)
    draft = releases.save(hub, person, MAP, text, begun.hash)
    made = replay.start(hub, person, MAP, 20)
    replay.run(hub, made)
    return {"replay": made.id, "version": draft.base}
