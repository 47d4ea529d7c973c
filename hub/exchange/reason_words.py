"""English beside what institutions decide in French: the reasons, what to do next, the outcome.

Partners' maps speak French. What has a code of the hub's list of reasons has its English there
(CodeSystem motif-rejet: designation, nextActionEn), so it is added once, for every partner, as the
translation extension of FHIR (https://hl7.org/fhir/R4/extension-translation.html). An institution's
own words stay as they were written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from hub.exchange.orders import REASONS, TRANSLATION
from hub.formats import exact_json
from hub.model import Tree

_OUTCOMES = {
    "complete": "Claim adjudicated",
    "partial": "Claim adjudicated in part: see each line",
    "error": "Claim rejected",
    "queued": "Claim received, being examined",
}
_GRANTS = {
    "complete": "Prior authorisation granted",
    "partial": "Prior authorisation granted in part: see each line",
    "error": "Prior authorisation refused",
    "queued": "Request for prior authorisation received, decision pending",
}


class Words(NamedTuple):
    """What one reason is called in English, and what the provider is to do."""

    name: str
    action: str
    elsewhere: Mapping[str, str]  #: French of what to do in another country → its English

    def todo(self, french: str) -> str:
        """The English of what a French note says is to be done."""
        return next((en for fr, en in self.elsewhere.items() if fr[1:] in french), self.action)


@cache
def words() -> Mapping[str, Words]:
    """English of each reason, by code."""
    path = files("mappings").joinpath("shared", "codesystems", "motif-rejet.json")
    found = {}
    for one in exact_json.loads(path.read_bytes())["concept"]:
        named = {d.get("language"): d["value"] for d in one.get("designation", ())}
        acts = {p["code"]: p.get("valueString", "") for p in one.get("property", ())}
        local = {
            text: acts[name.replace("Fr", "En", 1)]
            for name, text in acts.items()
            if name.startswith("nextActionFr") and name != "nextActionFr"
        }
        found[one["code"]] = Words(named.get("en", ""), acts.get("nextActionEn", ""), local)
    return found


def translated(response: Tree) -> Tree:
    """A decision, or an answer on rights, with English beside its French; what has none stays.

    Args:
        response: ClaimResponse or CoverageEligibilityResponse, as its map made it; left alone.
    """
    made: Tree = {name: _reasons(value) for name, value in response.items()}
    if "processNote" in made:
        made["processNote"] = [_note(note, made) for note in made["processNote"]]
    told = _outcome(made)
    return _beside(made, "disposition", told) if told else made


def _reasons(node: Any) -> Any:
    """The same tree; each coding of a known reason has its English name beside its French one."""
    if isinstance(node, list):
        return [_reasons(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {name: _reasons(value) for name, value in node.items()}
    known = words().get(str(made.get("code"))) if made.get("system") == REASONS else None
    return _beside(made, "display", known.name) if known else made


def _note(note: Tree, response: Tree) -> Tree:
    """A note with the English of the reason it is about; as it is when it is about none."""
    if "number" in note:
        lines = [i for i in response.get("item", ()) if note["number"] in i.get("noteNumber", ())]
        about = _codes(lines)
    else:
        about = _codes([response.get("error", ()), response.get("adjudication", ())])
    code = next((code for code in about if code in words()), "")
    if not code or "À faire" not in str(note.get("text", "")):
        return note
    name, action = words()[code].name, words()[code].todo(str(note["text"]))
    return _beside(note, "text", f"{name}. What to do: {action[:1].lower()}{action[1:]}")


def _codes(node: object) -> Iterator[str]:
    """Codes of the hub's reasons anywhere below."""
    if isinstance(node, dict):
        if node.get("system") == REASONS:
            yield str(node.get("code"))
        node = list(node.values())
    if isinstance(node, list | tuple):
        for one in node:
            yield from _codes(one)


def _outcome(response: Tree) -> str:
    """The outcome in one English sentence, with the institution and its number."""
    if response.get("resourceType") == "CoverageEligibilityResponse":
        return _rights(response)
    asked = response.get("use") == "preauthorization"
    outcome = str(response.get("outcome"))
    if asked and outcome == "complete" and not response.get("preAuthRef"):
        outcome = "error"
    said = (_GRANTS if asked else _OUTCOMES).get(outcome, "")
    body = ((response.get("insurer") or {}).get("identifier") or {}).get("value", "")
    return f"{said}{f' ({body})' if body else ''}." if said else ""


def _rights(response: Tree) -> str:
    inforce = [one.get("inforce") for one in response.get("insurance", ())]
    if inforce and all(inforce):
        return "Rights open on that day."
    code = next((code for code in _codes(response.get("error", ())) if code in words()), "")
    return f"{words()[code].name}." if code else ""


def _beside(tree: Tree, name: str, english: str) -> Tree:
    """The tree with the English of one of its strings, right behind it."""
    if not english or name not in tree or f"_{name}" in tree:
        return tree
    inside = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": english}]
    made: Tree = {}
    for key, value in tree.items():
        made[key] = value
        if key == name:
            made[f"_{name}"] = {"extension": [{"url": TRANSLATION, "extension": inside}]}
    return made
