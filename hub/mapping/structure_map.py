"""StructureMap resources of R4 and R5 in the one shape the compiler reads (R5).

Source: https://hl7.org/fhir/R4/structuremap.html, https://hl7.org/fhir/R5/structuremap.html
"""

from __future__ import annotations

from typing import Any

from hub.mapping.fhirpath.strings import written

Resource = dict[str, Any]


def normal(resource: Resource) -> Resource:
    """The resource in R5 shape; the argument is not changed."""
    result = {**resource}
    if "group" in resource:
        result["group"] = [_group(group) for group in resource["group"]]
    return result


def _group(group: Resource) -> Resource:
    result = {**group, "rule": [_rule(rule) for rule in group.get("rule", ())]}
    if result.get("typeMode") == "none":
        del result["typeMode"]
    return result


def _rule(rule: Resource) -> Resource:
    result = {**rule, "source": [_source(source) for source in rule.get("source", ())]}
    if "rule" in rule:
        result["rule"] = [_rule(inner) for inner in rule["rule"]]
    if "dependent" in rule:
        result["dependent"] = [_dependent(dependent) for dependent in rule["dependent"]]
    return result


def _source(source: Resource) -> Resource:
    """R4 `defaultValue[x]` is a value; R5 `defaultValue` an expression."""
    result = {**source}
    for key in source:
        if key.startswith("defaultValue") and key != "defaultValue":
            value = result.pop(key)
            quoted = written(value).replace("\\", "\\\\").replace("'", "\\'")
            result["defaultValue"] = f"'{quoted}'" if isinstance(value, str) else written(value)
    return result


def _dependent(dependent: Resource) -> Resource:
    """R4 `variable`: names; R5 `parameter`: names or literals."""
    if "variable" not in dependent:
        return dependent
    result = {k: v for k, v in dependent.items() if k != "variable"}
    result["parameter"] = [{"valueId": name} for name in dependent["variable"]]
    return result
