"""Expressions that maps use everywhere, as plain Python where the types allow it.

The general form stays beside each of them, for data that is not as its type says.
"""

from __future__ import annotations

from hub.mapping.fhirpath.parse import Node, parse
from hub.mapping.findings import Wrong
from hub.mapping.schema import Schema
from hub.mapping.types import Type


def reference_tail(
    text: str, variables: dict[str, tuple[str, Type | None]], schema: Schema
) -> tuple[str, str] | None:
    """`%r.reference.split('/').last()`: (the text's Python, the Python of its last part).

    Args:
        text: the expression.
        variables: name → (Python of its one value, its type).
        schema: tells whether the element is one text.
    """
    try:
        node = parse(text)
    except Wrong:
        return None
    if node.kind != "call" or node.value != "last" or len(node.args) != 1:
        return None
    split = node.args[0]
    if split.kind != "call" or split.value != "split" or len(split.args) != 2:
        return None
    chain, by = split.args
    separator = by.value[1] if by.kind == "literal" and by.value[0] == "string" else ""
    owner = _owner(chain, variables, schema)
    if owner is None or not separator:
        return None
    return f"{owner}.get({chain.value!r})", f".rpartition({separator!r})[2]"


def _owner(
    chain: Node, variables: dict[str, tuple[str, Type | None]], schema: Schema
) -> str | None:
    """The Python of the variable whose one text the chain reads."""
    if chain.kind != "name" or len(chain.args) != 1 or chain.args[0].kind != "variable":
        return None
    expr, typed = variables.get(str(chain.args[0].value), ("", None))
    if typed is None or typed.primitive or typed.open:
        return None
    element = typed.elements.get(str(chain.value))
    if element is None or element.many or element.choice or len(element.types) != 1:
        return None
    made = schema.type(element.types[0])
    return expr if made is not None and made.primitive else None
