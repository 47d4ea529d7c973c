"""The parts of a dossier: exchanges with story and messages, and versions of resources."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from hub.evidence import masking
from hub.evidence.chain import Entry, fingerprint
from hub.evidence.stated import crossed, digests
from hub.formats import exact_json
from hub.model import Event, Exchange, StoredMessage, StoredResource, Tree

#: Messages in FHIR, which no partner's adapter can mask.
_FHIR = ("claim", "notification")
#: Begins what the store tells of an erased sentence, before its digest.
GONE = "erased:1:"
_NOTHING = hashlib.sha256(b"").hexdigest()
#: Resources that speak of other people's claims too: never with their bytes.
_SHARED = ("PaymentReconciliation",)


@dataclass(frozen=True)
class Parts:
    """Makes trees of what is stored, with bytes or masked."""

    payload: bool
    words: frozenset[str]  #: to mask in sentences
    map_digest: Callable[[str], str]
    redact: Callable[[str, bytes], str]
    entries: Sequence[Entry]

    def exchange(
        self, e: Exchange, story: Iterable[tuple[Event, str]], messages: Iterable[StoredMessage]
    ) -> Tree:
        """An exchange with its maps, its story and its messages."""
        return {
            "id": e.id,
            "operation": e.operation.value,
            "partner": e.partner or "",
            "state": e.state.value,
            "held": e.held,
            "reason": masking.hide(e.reason, self.words),
            "submission": e.submission,
            "partner_reference": e.partner_reference,
            "parent": e.parent or "",
            "answer": e.answer or "",
            "created": e.created.isoformat(),
            "updated": e.updated.isoformat(),
            "maps": {
                role: {"canonical": canonical, "sha256": self.map_digest(canonical)}
                for role, canonical in e.maps.items()
            },
            "events": [self._event(event, detail) for event, detail in story],
            "messages": [self._message(e, message) for message in messages],
        }

    def version(self, name: str, stored: StoredResource, received: bytes | None) -> Tree:
        """A version of a resource; `received`: the bytes as they came from outside."""
        tree: Tree = {
            "object": name,
            "version": stored.version,
            "at": stored.updated.isoformat(),
            "sha256": stored.erased or fingerprint(stored.body, received),
            "bytes": len(stored.body),
            "received_bytes": None if received is None else len(received),
        }
        if stored.erased:
            tree["absent"] = True
        elif self.payload and stored.type not in _SHARED:
            tree["body"] = _base64(stored.body)
            tree["received"] = None if received is None else _base64(received)
        return tree

    def _event(self, event: Event, detail: str) -> Tree:
        if event.text.startswith(GONE):
            return self._erased(event)
        text, shown = (masking.hide(one, self.words) for one in (event.text, detail))
        state = event.state.value if event.state else None
        return {
            "at": event.at.isoformat(),
            "what": event.what,
            "state": state,
            "actor": event.actor,
            "text": text,
            "detail": shown,
            "sha256": fingerprint(event.what, event.text, state, detail),
            "masked": (text, shown) != (event.text, detail),
        }

    def _erased(self, event: Event) -> Tree:
        return {
            "at": event.at.isoformat(),
            "what": event.what,
            "state": event.state.value if event.state else None,
            "actor": event.actor,
            "text": masking.MASK,
            "detail": masking.MASK,
            "sha256": event.text.removeprefix(GONE),
            "masked": True,
            "absent": True,
        }

    def _message(self, e: Exchange, m: StoredMessage) -> Tree:
        stated = crossed(m.direction, m.kind, m.sha256)
        own = f"Exchange/{e.id}"
        owner = self._owners.get(stated, {own})
        tree: Tree = {
            "at": m.at.isoformat(),
            "direction": m.direction,
            "kind": m.kind,
            "name": m.name,
            "content_type": m.content_type,
            "bytes": len(m.body),
            "sha256": m.sha256,
            "owner": own if own in owner else min(owner),
            "map": e.maps.get(m.kind, ""),
        }
        if tree["owner"] != own:
            return tree  # a deposit carries other people's claims: its digest is all there is
        if not m.body and m.sha256 != _NOTHING:
            tree["absent"] = True
        elif self.payload:
            tree["body"] = _base64(m.body)
        elif m.kind not in _FHIR and e.partner:
            tree["shown"] = self.redact(e.partner, m.body)
        return tree

    @cached_property
    def _owners(self) -> dict[str, set[str]]:
        """Whose bytes they are, by what the audit states of them."""
        found: dict[str, set[str]] = {}
        for entry in self.entries:
            said = exact_json.loads(entry.content.encode())
            for digest in digests(said["detail"]) if "direction" in said["detail"] else ():
                found.setdefault(digest, set()).add(str(said["object"]))
        return found


def _base64(body: bytes) -> str:
    return base64.b64encode(body).decode()
