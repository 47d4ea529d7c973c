"""What the contract suite needs to know of one adapter; one adapter_case_<name>.py each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub import errors
from hub.model import Reply, Tree
from hub.ports import Adapter


@dataclass(frozen=True)
class AdapterCase:
    """One adapter and what it must do with these examples."""

    make: Callable[[int], Adapter]  #: a fresh adapter whose partner is at this port, short waits
    operation: str
    tree: Tree  #: a complete message
    incomplete: Tree | None  #: a tree that must be refused; None: this partner takes any
    identities: Sequence[str]  #: texts of `tree` and `replies` that nobody may see
    foreign: Sequence[bytes]  #: bytes that `receive` must not take
    replies: Sequence[tuple[Reply, Tree]]  #: golden pairs for `decode`
    silent: type[errors.Problem] | None  #: what a partner that never says a word means
