"""What the compiler knows while it writes: places names start from, and code with its types."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from hub.mapping.schema import Schema


@dataclass(frozen=True, slots=True)
class Focus:
    """What bare names start from: a Python variable holding one item."""

    item: str
    index: str = ""
    total: str = ""
    known: frozenset[str] | None = None  #: element names, when the type is known
    kinds: tuple[str, ...] = ()  #: the types it can have, see Code.kinds


@dataclass(slots=True)
class Scope:
    """What an expression can see."""

    variables: Mapping[str, str] = field(default_factory=dict)  #: name → Python expression
    specials: Mapping[str, str] = field(default_factory=dict)  #: %name → expression of a list
    hoist: Callable[[str], str] = lambda text: text  #: moves a constant out of the loop
    schema: Schema | None = None  #: where types are looked up
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: types of %name
    sole: Collection[str] = ()  #: variables that hold one value, never None
    trusting: bool = False  #: a list stands only where the type says so, else Misshapen
    strict: bool = False  #: refuse element names the type does not have
    doubt: Callable[[str, str], None] | None = None  #: hears of such names (en, fr) if not strict


@dataclass(frozen=True, slots=True)
class Code:
    """Python for a collection.

    Without loops, `text` is a list. With loops, it is one item of the comprehension they make.
    """

    text: str
    kinds: tuple[str, ...] = ()  #: type keys, `System.` before those of FHIRPath; () unknown
    loops: str = ""
    single: bool = False  #: has at most one item
    ordered: bool = True
    choice: Choice | None = None
    item: str = ""  #: Python of the one item there is
    of: str = ""  #: list whose items an element was read from

    @property
    def list(self) -> str:
        """The list, whatever form the code has."""
        return f"[{self.text} {self.loops}]" if self.loops else self.text


@dataclass(frozen=True, slots=True)
class Choice:
    """The choice element a code ends with: the item it belongs to and the forms it can take."""

    item: str
    loops: str
    name: str
    forms: tuple[tuple[str, str], ...]  #: (JSON name, type key)


BOOLEAN = ("System.Boolean",)
INTEGER = ("System.Integer",)
STRING = ("System.String",)
