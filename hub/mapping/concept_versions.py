"""ConceptMap resources between R4 and R5, and turned round.

Source: https://hl7.org/fhir/R5/conceptmap-version-maps.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hub.mapping.concept_relations import equivalence, opposite, relationship

Resource = dict[str, Any]

_MODES = {"provided": "use-source-code"}  #: R4 unmapped mode → R5
_MODES_R4 = {new: old for old, new in _MODES.items()}
_SCOPES = {  #: R4 → R5
    "sourceUri": "sourceScopeUri",
    "sourceCanonical": "sourceScopeCanonical",
    "targetUri": "targetScopeUri",
    "targetCanonical": "targetScopeCanonical",
}
_SCOPES_R4 = {new: old for old, new in _SCOPES.items()}


def is_r5(resource: Mapping[str, Any]) -> bool:
    """Whether any part is written in the R5 way; a resource that could be either is R4."""
    if "additionalAttribute" in resource or "property" in resource:
        return True
    for group in resource.get("group", ()):
        if group.get("unmapped", {}).get("mode") == "use-source-code":
            return True
        for element in group.get("element", ()):
            if "noMap" in element or any("relationship" in t for t in element.get("target", ())):
                return True
    return False


def as_r5(resource: Mapping[str, Any]) -> Resource:
    """The resource in R5: relationships, attributes declared once, noMap, unmapped modes.

    Several R4 words become one R5 word, so `as_r4(as_r5(x))` may say `equivalent` for `equal`.
    """
    if is_r5(resource):
        return dict(resource)
    declared: dict[str, str] = {}
    groups = [_group_r5(group, declared) for group in resource.get("group", ())]
    made = _renamed(resource, _SCOPES)
    if declared:
        made["additionalAttribute"] = [
            {"code": code, "uri": uri, "type": "string"} for uri, code in declared.items()
        ]
    return _with_groups(made, groups)


def _group_r5(group: Mapping[str, Any], declared: dict[str, str]) -> Resource:
    made = {k: v for k, v in group.items() if k not in ("sourceVersion", "targetVersion")}
    for end in ("source", "target"):
        if f"{end}Version" in group:
            made[end] = f"{group.get(end, '')}|{group[f'{end}Version']}"
    made["element"] = [_element_r5(element, declared) for element in group.get("element", ())]
    if "unmapped" in group:
        rest = dict(group["unmapped"])
        if "url" in rest:
            rest["otherMap"] = rest.pop("url")
        rest["mode"] = _MODES.get(rest.get("mode", ""), rest.get("mode", ""))
        made["unmapped"] = rest
    return made


def _element_r5(element: Mapping[str, Any], declared: dict[str, str]) -> Resource:
    targets = element.get("target", ())
    made = {key: value for key, value in element.items() if key != "target"}
    if targets and all(t.get("equivalence") == "unmatched" for t in targets):
        return {**made, "noMap": True}
    rows = []
    for target in targets:
        row = {key: value for key, value in target.items() if key != "equivalence"}
        row["relationship"] = relationship(str(target.get("equivalence", "equivalent")))
        for part in ("dependsOn", "product"):
            if part in row:
                row[part] = [_attribute_r5(one, declared) for one in row[part]]
        rows.append(row)
    return {**made, "target": rows} if rows else made


def _attribute_r5(row: Mapping[str, Any], declared: dict[str, str]) -> Resource:
    uri = str(row.get("property", ""))
    code = declared.setdefault(uri, _short(uri, declared))
    if "system" in row:
        coding = {"system": row["system"], "code": row.get("value", "")}
        if "display" in row:
            coding["display"] = row["display"]
        return {"attribute": code, "valueCoding": coding}
    return {"attribute": code, "valueString": row.get("value", "")}


def _short(uri: str, declared: Mapping[str, str]) -> str:
    """A code for an attribute: the last part of its uri, or the uri where two would be alike."""
    code = uri.rstrip("/").rpartition("/")[2] or uri
    return uri if code in declared.values() else code


def as_r4(resource: Mapping[str, Any]) -> Resource:
    """The resource in R4: equivalences, property uris, `unmatched` for noMap.

    Raises:
        ValueError: a row names or depends on a value set, which R4 cannot say.
    """
    if not is_r5(resource):
        return dict(resource)
    uris = {
        str(one["code"]): str(one.get("uri") or one["code"])
        for one in resource.get("additionalAttribute", ())
    }
    groups = [_group_r4(group, uris) for group in resource.get("group", ())]
    made = _renamed(resource, _SCOPES_R4)
    made.pop("additionalAttribute", None)
    return _with_groups(made, groups)


def _group_r4(group: Mapping[str, Any], uris: Mapping[str, str]) -> Resource:
    made = dict(group)
    for end in ("source", "target"):
        system, _, version = str(group.get(end, "")).partition("|")
        if version:
            made.update({end: system, f"{end}Version": version})
    made["element"] = [_element_r4(element, uris) for element in group.get("element", ())]
    if "unmapped" in group:
        rest = {k: v for k, v in group["unmapped"].items() if k != "relationship"}
        if "otherMap" in rest:
            rest["url"] = rest.pop("otherMap")
        rest["mode"] = _MODES_R4.get(rest.get("mode", ""), rest.get("mode", ""))
        made["unmapped"] = rest
    return made


def _element_r4(element: Mapping[str, Any], uris: Mapping[str, str]) -> Resource:
    made = {key: value for key, value in element.items() if key not in ("target", "noMap")}
    if any("valueSet" in row for row in (element, *element.get("target", ()))):
        raise ValueError(f"{element.get('code', '')}: R4 has no rows for a whole value set")
    if element.get("noMap"):
        return {**made, "target": [{"equivalence": "unmatched"}]}
    rows = []
    for target in element.get("target", ()):
        row = {key: value for key, value in target.items() if key != "relationship"}
        row["equivalence"] = equivalence(str(target.get("relationship", "equivalent")))
        for part in ("dependsOn", "product"):
            if part in row:
                row[part] = [_attribute_r4(one, uris) for one in row[part]]
        rows.append(row)
    return {**made, "target": rows} if rows else made


def _attribute_r4(row: Mapping[str, Any], uris: Mapping[str, str]) -> Resource:
    code = str(row.get("attribute", ""))
    made: Resource = {"property": uris.get(code, code)}
    typed = next((key for key in row if key.startswith("value")), "")
    value = row.get(typed, "")
    if typed in ("valueSet", ""):
        raise ValueError(f"{code}: R4 cannot depend on the value set {value}")
    if typed == "valueCoding":
        return {**made, **_renamed(value, {"code": "value"})}
    if typed == "valueQuantity":
        value = value.get("value", "")
    made["value"] = str(value).lower() if isinstance(value, bool) else str(value)
    return made


def inverted(resource: Mapping[str, Any], url: str) -> Resource:
    """The table read from the other end: products become dependencies, and back.

    Only rows that lead to a code are turned; `unmapped` says nothing about the way back.
    What a single row gives for several codes becomes several rows of one code, which only what
    they depend on can tell apart.
    """
    made = {key: value for key, value in resource.items() if key not in ("group", "id", "url")}
    made = _renamed(made, _swapped([*_SCOPES, *_SCOPES.values()]))
    made["url"] = url
    return _with_groups(made, [_turned(group) for group in resource.get("group", ())])


def _turned(group: Mapping[str, Any]) -> Resource:
    elements: dict[str, Resource] = {}
    for element in group.get("element", ()):
        for target in element.get("target", ()):
            if not target.get("code"):
                continue
            source: Resource = {"code": target["code"]}
            if "display" in target:
                source["display"] = target["display"]
            row: Resource = {"code": element["code"]}
            if "display" in element:
                row["display"] = element["display"]
            for word in ("equivalence", "relationship"):
                if word in target:
                    row[word] = opposite(str(target[word]))
            kept = _renamed(target, {"dependsOn": "product", "product": "dependsOn"})
            row.update({k: kept[k] for k in ("dependsOn", "product", "extension") if k in kept})
            elements.setdefault(str(target["code"]), source).setdefault("target", []).append(row)
    ends = ("source", "sourceVersion", "target", "targetVersion")
    turned = _renamed({key: group[key] for key in ends if key in group}, _swapped(ends))
    return {**turned, "element": list(elements.values())}


def _swapped(names: Iterable[str]) -> dict[str, str]:
    """Each name with the one of the other end: source… ↔ target…"""
    return {
        name: ("target" if name.startswith("source") else "source") + name[len("source") :]
        for name in names
    }


def _renamed(row: Mapping[str, Any], names: Mapping[str, str]) -> Resource:
    return {names.get(key, key): value for key, value in row.items()}


def _with_groups(resource: Resource, groups: list[Resource]) -> Resource:
    if groups:
        resource["group"] = groups
    return resource
