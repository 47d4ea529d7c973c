"""The life of a version: draft, tested, proposed; then a second person decides (publishing.py).

Every function takes the Hub and the Person, checks the right, and writes its audit row in the
transaction of what it changes. Source: hub/access/rights.json; docs/releases.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hub.authoring import catalogue, testing
from hub.authoring.catalogue import artefact, artefacts, version, versions
from hub.authoring.conflicts import Overtaken, being_decided, overtaken, present
from hub.authoring.people import Person, may, of_account, of_caller, reasoned, require
from hub.authoring.publishing import approve, history, previous, retire, revert
from hub.authoring.testing import Tested
from hub.errors import Conflict, Forbidden, Invalid, Issue
from hub.evidence.chain import Act
from hub.ports.releases import EDITABLE, Draft
from hub.release_wiring import headers
from hub.wiring import Hub

__all__ = [
    "Overtaken",
    "Person",
    "Tested",
    "approve",
    "artefact",
    "artefacts",
    "discard",
    "draft",
    "history",
    "keep_example",
    "may",
    "of_account",
    "of_caller",
    "open_draft",
    "previous",
    "propose",
    "retire",
    "revert",
    "save",
    "send_back",
    "test",
    "version",
    "versions",
]

LARGEST = 8_000_000  #: characters of a text
MOST_EXAMPLES = 200
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def draft(hub: Hub, url: str) -> Draft | None:
    """The draft of an artefact; its `hash` is what `save` wants as `seen`."""
    return hub.store.draft(url)


def open_draft(hub: Hub, person: Person, url: str, text: str = "") -> Draft:
    """The draft of an artefact, begun from what holds now when there is none.

    Args:
        text: for an artefact nobody knows yet, or to begin with another text.

    Raises:
        Forbidden: not theirs to write. NotFound: no such artefact, and no text.
        Invalid: the text is no map or table of this url; the artefact is read only.
    """
    require(hub, person, "mapping.edit", url)
    found = hub.store.draft(url)
    if found is not None:
        return found
    known = catalogue.by_url(hub).get(url)
    if known is None and not text:
        catalogue.artefact(hub, url)
    brought = bool(text)
    taken = [one.version.version for one in versions(hub, url)] if known else []
    started = versions(hub, url)[0].version if known else None
    base = known.version if known and known.version else started.version if started else ""
    if not text:
        told = version(hub, url, base)
        text, form = told.text, told.form
    else:
        form = "json" if text.lstrip("\ufeff \t\r\n").startswith("{") else "fml"
    _check(url, text, form)
    if headers.head(text, form).version in ("", *taken):
        text = headers.with_version(text, form, headers.next_version(base, taken))
    kind = headers.head(text, form).kind
    examples = next((k.version.examples for k in versions(hub, url)), {}) if known else {}
    hash, at = headers.digest(text, examples), datetime.now(UTC)
    # Whoever brings a text of their own is its author from the start.
    authors = (person.id,) if brought else ()
    made = Draft(url, kind, form, text, hash, base, "draft", person.id, at, authors, examples)
    act = _act(person, "draft-opened", made, base=base)
    return made if hub.store.add_draft(made, act) else present(hub, url)


def save(hub: Hub, person: Person, url: str, text: str, seen: str) -> Draft:
    """Write a draft's text over the one that was seen; also one with mistakes is kept.

    Raises:
        Overtaken: another has written since; nothing is overwritten.
        Conflict: it is proposed. Invalid: another artefact's text. NotFound: no draft.
    """
    require(hub, person, "mapping.edit", url)
    now = _open(hub, url, seen, text)
    _check(url, text, now.form)
    if text == now.text:
        return now
    return _write(hub, person, now, text, now.examples)


def keep_example(
    hub: Hub,
    person: Person,
    url: str,
    name: str,
    given: str | None,
    expected: str,
    seen: str,
    rows: list[dict[str, Any]] | None = None,
) -> Draft:
    """Add an example to a draft, or change one of the same name; it is published with it.

    Args:
        name: letters, digits, dot, dash. An example beside the map of this name is replaced.
        given: the source, JSON or XML; None: the example does not count any more.
        expected: what the map must give.
        seen: as for `save`.
        rows: rows added to tables first, as in `name.rows.json`.
    """
    require(hub, person, "mapping.edit", url)
    now = _open(hub, url, seen, "")
    if _NAME.fullmatch(name) is None or len(now.examples) >= MOST_EXAMPLES:
        raise _wrong(
            "Nommez l'exemple en lettres, chiffres, points et tirets (80 au plus ; 200 exemples).",
            "Name the example with letters, digits, dots and dashes (80 at most; 200 examples).",
        )
    if len(given or "") + len(expected) > LARGEST:
        raise _too_long()
    told = {"in": given, "out": expected, "rows": rows or []}
    return _write(hub, person, now, now.text, {**now.examples, name: told})


def test(hub: Hub, person: Person, url: str) -> Tested:
    """Compile the draft and run the examples beside it; a draft that passes is `tested`.

    Raises:
        Forbidden, NotFound; Overtaken: the draft changed meanwhile, nothing is noted.
    """
    if not may(hub, person, "mapping.publish", url):
        require(hub, person, "mapping.edit", url)
    now = present(hub, url)
    found = testing.run(hub, now)
    state = "tested" if found.ok else "draft"
    told = replace(
        now, state=now.state if now.state == "proposed" else state, tested=found.told(person.id)
    )
    counts = {"ok": found.ok, "examples": found.examples, "failed": len(found.failed)}
    if not hub.store.change_draft(told, now, _act(person, "draft-tested", now, **counts)):
        raise overtaken(hub, url)
    return found


def propose(hub: Hub, person: Person, url: str, seen: str, note: str) -> Draft:
    """Ask a second person to approve a draft that passed its tests.

    Raises:
        Forbidden, NotFound, Overtaken. Conflict: it is proposed, or was not tested as it is.
        Invalid: no note, or a version number that was published before.
    """
    require(hub, person, "mapping.propose", url)
    now = _open(hub, url, seen, "")
    note = reasoned(note)
    if now.state != "tested" or now.tested.get("hash") != now.hash:
        raise Conflict(
            Issue(
                "business-rule",
                "Ce texte n'a pas encore réussi ses essais : lancez-les (benkan release test), "
                "corrigez ce qui échoue, puis proposez.",
                "This text has not passed its tests yet: run them (benkan release test), correct "
                "what fails, then propose.",
            )
        )
    number = headers.head(now.text, now.form).version
    known = catalogue.by_url(hub)[url].version or now.base
    taken = [one.version.version for one in versions(hub, url)] if known else []
    if not number or number in taken:
        free = headers.next_version(number or known, taken)
        raise _wrong(
            f"La version {number or '(vide)'} existe déjà ou manque : écrivez par exemple {free}.",
            f"Version {number or '(empty)'} exists already or is missing: write {free}, say.",
        )
    made = replace(now, state="proposed", proposer=person.id, note=note)
    if not hub.store.change_draft(made, now, _act(person, "draft-proposed", made, reason=note)):
        raise overtaken(hub, url)
    return made


def send_back(hub: Hub, person: Person, url: str, hash: str, note: str) -> Draft:
    """Give a proposed draft back to its authors; these may take it back themselves.

    Raises:
        Forbidden, NotFound, Overtaken; Conflict: it is not proposed; Invalid: no note.
    """
    now = present(hub, url)
    if not may(hub, person, "mapping.publish", url):
        require(hub, person, "mapping.edit", url)
        if person.id not in (now.proposer, *now.authors):
            raise Forbidden(
                Issue(
                    "forbidden",
                    "Seuls un approbateur ou ses auteurs renvoient un brouillon proposé : demandez-"
                    "le à l'un d'eux.",
                    "Only a publisher or its authors send a proposed draft back: ask one of them.",
                )
            )
    note = reasoned(note)
    if now.hash != hash or now.state != "proposed":
        raise overtaken(hub, url)
    made = replace(now, state="draft", proposer="", note=note, edited=datetime.now(UTC))
    if not hub.store.change_draft(made, now, _act(person, "draft-sent-back", made, reason=note)):
        raise overtaken(hub, url)
    return made


def discard(hub: Hub, person: Person, url: str, seen: str) -> None:
    """Throw a draft away; its digest stays in the audit.

    Raises:
        Forbidden, NotFound, Overtaken; Conflict: it is proposed.
    """
    require(hub, person, "mapping.edit", url)
    now = _open(hub, url, seen, "")
    if not hub.store.drop_draft(now, _act(person, "draft-discarded", now)):
        raise overtaken(hub, url)


def _open(hub: Hub, url: str, seen: str, yours: str) -> Draft:
    """The draft as it was seen, when it may be changed."""
    now = present(hub, url)
    if now.hash != seen:
        raise overtaken(hub, url, yours)
    if now.state == "proposed":
        raise being_decided(now)
    return now


def _write(hub: Hub, person: Person, now: Draft, text: str, examples: Mapping[str, Any]) -> Draft:
    at = max(datetime.now(UTC), now.edited)
    made = replace(
        now,
        text=text,
        examples=examples,
        hash=headers.digest(text, examples),
        state="draft",
        editor=person.id,
        edited=at,
        authors=tuple(dict.fromkeys((*now.authors, person.id))),
        tested={},
    )
    if not hub.store.change_draft(made, now, _act(person, "draft-saved", made)):
        raise overtaken(hub, now.url, text)
    return made


def _check(url: str, text: str, form: str) -> None:
    if len(text) > LARGEST or "\x00" in text:
        raise _too_long()
    told = headers.head(text, form)
    if told.url != url or told.kind not in EDITABLE:
        raise _wrong(
            f"Ce texte ne porte pas l'adresse {url} ({told.url or 'aucune'}) : corrigez la ligne "
            "« url » de sa tête. Seules cartes et tables s'écrivent ici.",
            f"This text does not bear the address {url} ({told.url or 'none'}): correct the url "
            "line of its head. Only maps and tables are written here.",
        )


def _act(person: Person, action: str, draft: Draft, **detail: Any) -> Act:
    told = {"hash": draft.hash, **detail}
    return Act(person.id, action, f"{draft.kind}/{draft.url}", datetime.now(UTC), told)


def _too_long() -> Invalid:
    return _wrong(
        "Texte trop long ou avec un caractère nul : 8 000 000 de caractères au plus.",
        "Text too long, or with a null character: 8,000,000 characters at most.",
    )


def _wrong(fr: str, en: str) -> Invalid:
    return Invalid(Issue("value", fr, en))
