"""The targets of a rule as Python statements.

Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

from __future__ import annotations

from hub.mapping.emit import Resource
from hub.mapping.names import Names, Var, bind, written_to
from hub.mapping.types import Element, Type, tail
from hub.mapping.write_beside import taken_along
from hub.mapping.write_created import CreatedWriter, empty, is_resource, tells_type
from hub.mapping.write_parameters import Value


class TargetWriter(CreatedWriter):
    """Writes one target after another; each sees the variables of those before it."""

    def target(self, target: Resource, names: Names, shared: str) -> Names:
        """The statements of one target; gives the names visible afterwards."""
        variable = str(target.get("variable", ""))
        self.rough(known=target.get("transform") not in ("reference", "pointer"))  # these give ids
        if "context" not in target:
            return self._value_only(target, names, variable)
        name = str(target["context"])
        context = written_to(names, name)
        if context is None:
            known = "; it is a source" if name in names else ""
            self.wrong(
                target,
                f"unknown target variable {name}{known}",
                f"Variable cible inconnue : {name} ; déclarez-la dans le groupe ou par « as »",
            )
            return names
        before = self.indent
        if context.maybe:
            self.line(f"if {context.expr} is not None:")
            self.indent += 1
        made = self._into(target, context, names, shared)
        if context.maybe:
            self.line("pass")
            self.indent = before
            if made is not None and made.expr != context.expr and variable:
                self.lines.insert(self._start, "    " * before + f"{made.expr} = None")
                made = Var(made.expr, made.type, "target", made.path, made.tag, True, made.leaf)
        return bind(names, variable, made) if variable and made is not None else names

    def _value_only(self, target: Resource, names: Names, variable: str) -> Names:
        if target.get("transform") == "create":
            made = self._created_type(target, None)
            local = self.module.fresh(variable or "new")
            self.line(f"{local} = {empty(made)}")
            if made is not None and made.kind == "resource":
                self.line(f"R.produced.append({local})")
            return bind(names, variable, Var(local, made, "target")) if variable else names
        value = self.value(target, names, None)
        if value is None or not variable:
            return names
        local, value = self.bound(value, variable)
        if value.several:
            self.line(f"{local} = V.one({local}) if len({local}) < 2 else {local}")
        return bind(names, variable, Var(local, value.type, "value", maybe=True))

    def _into(self, target: Resource, context: Var, names: Names, shared: str) -> Var | None:
        self._start = len(self.lines) - (1 if context.maybe else 0)
        if "element" not in target:
            return self._whole(target, context, names)
        steps = str(target["element"]).split(".")
        if context.type is not None and context.type.find(str(target["element"])) is not None:
            steps = [str(target["element"])]
        for step in steps[:-1]:
            context = self._step(context, step, target)
        name = steps[-1]
        if context.leaf and name not in ("extension", "id"):
            if name != "value":
                self._element(context, name, target)  # says that there is none
            return self._set_leaf(target, context, names)
        if context.leaf:
            local = self.module.fresh("beside")
            self.line(f"{local} = {context.expr}.beside()")
            context = Var(local, self.module.schema.type("Element"), "target")
        element, chosen = self._element(context, name, target)
        if target.get("transform", "create") == "create":
            return self._create(target, context, element, chosen, name, shared)
        return self._assign(target, context, element, chosen, name, names)

    def _whole(self, target: Resource, context: Var, names: Names) -> Var | None:
        """`tgt`, `tgt as x`, `tgt = value`."""
        if target.get("transform", "create") == "create":
            return context
        value = self.value(target, names, None)
        if value is None:
            return None
        if context.type is not None and not context.leaf:
            known = self._known(target, value, context.type, names)
            self.fitting(target, known, (context.type.key,))
        local, value = self.bound(value, "value")
        if value.several:
            self.line(f"{local} = V.one({local})")
        self.rough()
        self.line(f"if {local} is not None:")
        self.line(f"    P.replace({context.expr}, {self.fitted(value, context.type)})")
        return context

    def _set_leaf(self, target: Resource, context: Var, names: Names) -> Var | None:
        """`tgt.value = v` on a primitive."""
        return self._whole({k: v for k, v in target.items() if k != "element"}, context, names)

    def _step(self, context: Var, step: str, target: Resource) -> Var:
        element, chosen = self._element(context, step, target)
        local = self.module.fresh(step)
        many = element is not None and element.many
        made = self._type_of(element, chosen, context)
        self.rough()
        if made is not None and made.primitive:  # a.birthDate.extension
            self.line(f"{local} = P.Leaf({context.expr}, {step!r}, {many!r})")
            return Var(local, made, "target", leaf=True)
        self.line(f"{local} = P.inner({context.expr}, {step!r}, {many!r})")
        return Var(local, made, "target")

    def _create(
        self,
        target: Resource,
        context: Var,
        element: Element | None,
        chosen: str | None,
        name: str,
        shared: str,
    ) -> Var:
        made = self.module.schema.type(chosen) if chosen else self._created_type(target, element)
        key = name.removesuffix("[x]")
        if element is not None and element.choice and made is not None:
            key = (
                dict((tail(t), k) for k, t in context.type.keys(element)).get(made.name, name)
                if context.type
                else name
            )
        local = self.module.fresh(str(target.get("variable", name)))
        many = element is not None and element.many
        free = element is None and not (context.type is not None and context.type.primitive)
        leaf = made is not None and made.primitive
        modes = target.get("listMode", ())
        plain = not (leaf or free or context.maybe or "share" in modes or "single" in modes)
        self._opened(context, local, key, made, many, plain)
        if "share" in modes:
            identity = str(target.get("listRuleId", ""))
            self.line(f"{local} = {shared}.get({identity!r})")
            self.line(f"if {local} is None:")
            self.indent += 1
        if leaf:
            self.line(f"{local} = P.Leaf({context.expr}, {key!r}, {many!r})")
        elif many and "single" in modes:
            self.line(f"{local} = P.single({context.expr}, {key!r})")
        elif many:
            self.line(f"{local} = {{}}")
            self.line(f"{context.expr}.setdefault({key!r}, []).append({local})")
        elif free:
            self.line(f"{local} = P.grow({context.expr}, {key!r}, {empty(made)})")
        else:
            self.line(f"{local} = {context.expr}.setdefault({key!r}, {empty(made)})")
        if made is not None and ((many and is_resource(made)) or tells_type(element, made)):
            self.line(f"{local}['resourceType'] = {made.name!r}")
        if "share" in modes:
            self.line(f"{shared}[{identity!r}] = {local}")
            self.indent -= 1
        return Var(local, made, "target", leaf=leaf)

    def _opened(
        self, context: Var, local: str, key: str, made: Type | None, many: bool, plain: bool
    ) -> None:
        """Note a new object, so that its order and that of its parent are known."""
        ledger = self.module.ledger
        known = plain and ledger.opened(context.expr, local, key, made, self.loops)
        if known and ledger.wrote(context.expr, key, self.loops, single=not many):
            self.made.append(local)
        else:
            self.rough()

    def _assign(
        self,
        target: Resource,
        context: Var,
        element: Element | None,
        chosen: str | None,
        name: str,
        names: Names,
    ) -> Var | None:
        value = self.value(target, names, element)
        if value is None:
            return None
        local, value = self.bound(value, str(target.get("variable", name)))
        typed = self._type_of(element, chosen, context) if element is not None else None
        many = element is not None and element.many
        wanted = (chosen,) if chosen else element.types if element is not None else ()
        self.fitting(target, self._known(target, value, typed, names), wanted)
        kept = self._kept_leaf(target, typed or value.type)
        before = self.indent
        key = "" if value.several else self._place(context, element, chosen, name, value)
        if key.startswith("P.") and taken_along(target, context, names):
            key = self._held(key, local)  # also where there are only extensions
        value = self._each(value, local, many)
        key = key or self._place(context, element, chosen, name, value)
        if key.startswith("P."):
            key = self._held(key, local)
        fitted = self.fitted(value, typed)
        if fitted != value.expr:
            self.line(f"{value.expr} = {fitted}")
        if many:
            self.line(f"{context.expr}.setdefault({key}, []).append({value.expr})")
        elif name == "resourceType":  # what a tree is, is said once
            self.line(f"{context.expr}['resourceType'] = {value.expr}")
        elif element is None and not (context.type is not None and context.type.primitive):
            self.line(f"P.grow({context.expr}, {key}, {value.expr})")
        else:
            self.line(f"{context.expr}[{key}] = {value.expr}")
        name = element.name if element is not None else name
        noted = self.module.ledger.wrote(context.expr, name, self.loops)
        simple = typed.primitive if typed is not None else _simple(value)
        self.rough(known=noted and simple and element is not None)
        if kept:
            self.line(f"{kept} = P.at({context.expr}, {key})")
        self._keep(target, context, key, many, names, before)
        maybe = self.indent > before
        self.indent = before
        known = typed or value.type
        return Var(kept or local, known, "target", maybe=maybe or bool(kept), leaf=bool(kept))

    def _known(
        self, target: Resource, value: Value, typed: Type | None, names: Names
    ) -> Type | None:
        """The type a value is certain to have; None when only the run knows."""
        if value.type is not None:
            return None if value.tag.isidentifier() else value.type
        given = target.get("parameter", ())
        if target.get("transform") != "evaluate" or len(given) != 1:
            return None
        plain = typed is None or typed.primitive
        return None if plain else self.kind(str(next(iter(given[0].values()))), target, names)

    def _held(self, key: str, local: str) -> str:
        self.line(f"{local}_k = {key}")
        return f"{local}_k"

    def _each(self, value: Value, local: str, many: bool) -> Value:
        """Begin the block for the one value, or for each of several."""
        if value.several and many:
            item = f"{local}_i"
            self.line(f"for {item} in {local}:")
            self.indent += 1
            return Value(item, value.type, value.tag, owned=value.owned)
        if value.several:
            self.line(f"{local} = {local}[0] if len({local}) == 1 else V.one({local})")
        if value.maybe or value.several:
            self.line(f"if {local} is not None:")
            self.indent += 1
        return value

    def _keep(
        self, target: Resource, context: Var, key: str, many: bool, names: Names, before: int
    ) -> None:
        """The id and extensions of a primitive go with its plain copy."""
        beside = taken_along(target, context, names)
        if not beside:
            return
        if not many:
            self.indent = before
        self.line(f"if {beside} is not None:")
        self.line(f"    P.beside({context.expr}, {key}, {many!r}, {beside})")
        self.line("    R.rough = True")

    def _place(
        self, context: Var, element: Element | None, chosen: str | None, name: str, value: Value
    ) -> str:
        """The key under which a value is stored, as Python."""
        if element is None or not element.choice or chosen is not None or context.type is None:
            return repr(element.name if element is not None and chosen is None else name)
        keys = {tail(kind): key for key, kind in context.type.keys(element)}
        certain = value.type is not None and not value.tag.isidentifier()
        if certain and value.type is not None and value.type.name in keys:
            return repr(keys[value.type.name])
        if "CodeableConcept" in keys and "Coding" not in keys:
            self.line(f"{value.expr} = P.codeable({value.expr})")
        return f"P.chosen({self.module.hoist(repr(keys))}, {value.expr}, {value.tag})"


def _simple(value: Value) -> bool:
    """Is it a primitive, whatever the element may hold?"""
    return value.type is not None and value.type.primitive
