"""What a replay found, grouped by target path; values of people are hidden before they are kept."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hub.authoring.replay_sources import Source
from hub.errors import Problem
from hub.evidence.masking import MASK, telling
from hub.mapping.differences import Difference, differences
from hub.wiring import Hub

EXAMPLES = 5  #: kept of each group
GROUPS = 200  #: kept; the rest is counted
_INDEX = re.compile(r"\[\d+\]")
#: A code, a short number, a currency: what no one is known by, unless the dossier says so.
_PLAIN = re.compile(r"(?!(?:.*\d){6})[\w.+-]{1,24}\Z|-?\d{1,7}(?:\.\d+)?\Z", re.ASCII)
_SHORTEST = 3  #: signs of a word by which somebody could be known


@dataclass(slots=True)
class Group:
    """One target path, without indexes, and how often it would change."""

    path: str
    kind: str  #: changed | missing | added
    values: int = 0
    exchanges: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Groups:
    """Counts and examples, as exchanges are compared."""

    hub: Hub
    counts: Counter[str] = field(default_factory=Counter)
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    failing: list[dict[str, Any]] = field(default_factory=list)

    def add(self, source: Source, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Compare what the map gave and what the draft gives for one exchange."""
        self.counts["exchanges"] += 1
        refused, before = self._refused(source, new), self._refused(source, old)
        if refused:
            self.counts["still" if before else "failing"] += 1
            if not before and len(self.failing) < 4 * EXAMPLES:
                self.failing.append(
                    {"exchange": source.exchange.id, "map": source.map, "why": refused}
                )
            return
        if before:
            self.counts["passing"] += 1  # it was refused, and would not be any more
            return
        found = list(differences(old["tree"], new["tree"]))
        self.counts["changed" if found else "alike"] += 1
        self._sent(source, new["tree"])
        self._group(source, found)

    def _refused(self, source: Source, made: dict[str, Any]) -> list[dict[str, str]]:
        """Why the map, or the partner's format, refuses it; empty when neither does."""
        issues = [(one["fr"], one["en"]) for one in made.get("issues", ())]
        adapter = self.hub.adapters.get(source.exchange.partner or "")
        if "tree" in made and source.role == "request" and adapter is not None:
            operation, key = source.exchange.operation, source.exchange.submission
            try:
                adapter.encode(operation, made["tree"], key)
            except Problem as problem:
                issues = [(one.fr, one.en) for one in problem.issues]
        hidden = [(_hidden(fr, source), _hidden(en, source)) for fr, en in issues[:EXAMPLES]]
        return [{"fr": fr, "en": en} for fr, en in hidden]

    def _sent(self, source: Source, tree: dict[str, Any]) -> None:
        adapter = self.hub.adapters.get(source.exchange.partner or "")
        if source.sent is None or adapter is None:
            return
        operation, key = source.exchange.operation, source.exchange.submission
        same = adapter.encode(operation, tree, key).body == source.sent.body
        self.counts["bytes_alike" if same else "bytes_changed"] += 1

    def _group(self, source: Source, found: list[Difference]) -> None:
        counted = set()
        for one in found:
            path = f"{source.map.rpartition('/')[2]} : {_INDEX.sub('', one.path)}"
            key = (path, str(one.kind))
            group = self.groups.setdefault(key, Group(*key))
            group.values += 1
            group.exchanges += key not in counted
            counted.add(key)
            if len(group.examples) < EXAMPLES:
                group.examples.append(
                    {
                        "exchange": source.exchange.id,
                        "path": one.path,
                        "first": shown(one.first, source),
                        "second": shown(one.second, source),
                    }
                )

    def told(self) -> dict[str, Any]:
        """As the replay keeps it: counts, then groups, those of most exchanges first."""
        ordered = sorted(self.groups.values(), key=lambda g: (-g.exchanges, -g.values, g.path))
        names = ("path", "kind", "values", "exchanges", "examples")
        return {
            "counts": dict(self.counts),
            "groups": [{name: getattr(one, name) for name in names} for one in ordered[:GROUPS]],
            "more": max(0, len(ordered) - GROUPS),
            "failing": self.failing,
        }


def shown(value: Any, source: Source) -> str:
    """A value for people: codes and amounts as they are, whatever could be a person hidden."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        size = len(value)
        return f"{{{size}}}" if isinstance(value, dict) else f"[{size}]"
    text = str(value)
    if isinstance(value, str) and (not _PLAIN.match(text) or _tells(text, source)):
        return MASK
    return text


def _tells(text: str, source: Source) -> bool:
    """Is it, or is in it, or is it part of, what tells who or what a claim is about?"""
    said = text.casefold()
    known = (word.casefold() for word in telling([*_parts(source.tree)]))
    return len(said) >= _SHORTEST and any(said in word or word in said for word in known)


def _hidden(text: str, source: Source) -> str:
    """A sentence with every word hidden by which the dossier's people could be recognised."""
    words = telling([*_parts(source.tree)])
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(re.escape(word), MASK, text, flags=re.IGNORECASE)
    return text[:300]


def _parts(tree: dict[str, Any]) -> list[Any]:
    dossier = tree.get("dossier", tree)
    return [one for one in dossier.values() if isinstance(one, dict)]
