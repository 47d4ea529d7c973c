"""StructureMap resources of R4 and R5 in the one shape the compiler reads (R5).

Source: https://hl7.org/fhir/R4/structuremap.html, https://hl7.org/fhir/R5/structuremap.html
"""

from __future__ import annotations

from typing import Any

from hub.mapping.fhirpath.strings import written
from hub.mapping.tokenize import unescape

Resource = dict[str, Any]


def normal(resource: Resource) -> Resource:
    """The resource in R5 shape; the argument is not changed."""
    result = {**resource}
    if "group" in resource:
        result["group"] = [_group(group) for group in resource["group"]]
    return result


def r4(resource: Resource) -> Resource:
    """The resource in R4 shape; the argument is not changed.

    What R4 cannot say is left out: constants, and literals given to groups become their text.
    """
    result = {k: v for k, v in resource.items() if k != "const"}
    if "group" in resource:
        result["group"] = [_r4_group(group) for group in resource["group"]]
    return result


def _r4_group(group: Resource) -> Resource:
    rules = [_r4_rule(rule, str(n)) for n, rule in enumerate(group.get("rule", ()), 1)]
    return {**group, "typeMode": group.get("typeMode", "none"), "rule": rules}


def _r4_rule(rule: Resource, number: str) -> Resource:
    source = rule["source"][0]
    named = rule.get("name") or source.get("element") or f"rule{number}"
    result = {"name": named, **rule, "source": [_r4_source(each) for each in rule["source"]]}
    if "target" in rule:
        result["target"] = [_r4_target(target) for target in rule["target"]]
    if "rule" in rule:
        result["rule"] = [_r4_rule(each, f"{number}.{n}") for n, each in enumerate(rule["rule"], 1)]
    if "dependent" in rule:
        result["dependent"] = [
            {"name": each["name"], "variable": [str(_literal(p)) for p in each["parameter"]]}
            for each in rule["dependent"]
        ]
    return result


def _r4_target(target: Resource) -> Resource:
    result = {**target, "contextType": "variable"} if "context" in target else {**target}
    return _modes(result, "single", "collate")


def _modes(target: Resource, old: str, new: str) -> Resource:
    """R5 says `single` for what R4 called `collate`."""
    if "listMode" not in target:
        return target
    return {**target, "listMode": [new if mode == old else mode for mode in target["listMode"]]}


def _r4_source(source: Resource) -> Resource:
    if "defaultValue" not in source:
        return source
    text = str(source["defaultValue"])
    result = {k: v for k, v in source.items() if k != "defaultValue"}
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    result["defaultValueString"] = unescape(text[1:-1]) if quoted else text
    return result


def _literal(parameter: Resource) -> Any:
    return next(iter(parameter.values()), "")


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
    if "target" in rule:
        result["target"] = [_target(target) for target in rule["target"]]
    return result


def _target(target: Resource) -> Resource:
    """Without `contextType`, which R5 dropped; parameters bare."""
    result = {key: value for key, value in target.items() if key != "contextType"}
    if "parameter" in target:
        result["parameter"] = [_bare(each) for each in target["parameter"]]
    return _modes(result, "collate", "single")


def _bare(parameter: Resource) -> Resource:
    """A parameter without the id and extensions that may stand beside its value."""
    return {key: value for key, value in parameter.items() if key.startswith("value")}


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
