"""People, a hub, and a small change to a map, for the tests of releases."""

from __future__ import annotations

from hub.authoring import releases
from hub.authoring.people import Person
from hub.ports.releases import Draft
from hub.wiring import Hub

MAP = "https://benkan.example/fhir/StructureMap/cmss-claim"
TABLE = "https://benkan.example/fhir/ConceptMap/cmss-sexe"

AWA = Person("person|awa", ("mapping-editor",))
BINTOU = Person("person|bintou", ("mapping-editor", "mapping-publisher"))
FANTA = Person("person|fanta", ("mapping-publisher",))
OUMAR = Person("person|oumar", ("operator",))


def commented(text: str, word: str = "essai") -> str:
    """The same map with one more comment."""
    return text.replace("\nuses ", f"\n// {word}\nuses ", 1)


def saved(hub: Hub, person: Person = AWA, url: str = MAP, word: str = "essai") -> Draft:
    """A draft with a harmless change."""
    draft = releases.open_draft(hub, person, url)
    changed = (
        commented(draft.text, word)
        if draft.form == "fml"
        else draft.text.replace('"publisher": "', f'"publisher": "{word} ', 1)
    )
    return releases.save(hub, person, url, changed, draft.hash)


def proposed(hub: Hub, url: str = MAP, word: str = "essai") -> Draft:
    """A draft that passed its tests and waits for a second person."""
    draft = saved(hub, AWA, url, word)
    assert releases.test(hub, AWA, url).ok
    return releases.propose(hub, AWA, url, draft.hash, "Correction demandée")
