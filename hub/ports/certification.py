"""What the certification suite must know of an adapter, which only its author can tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hub.errors import Problem
from hub.model import Reply, Tree
from hub.ports.partners import Adapter

#: What may become of a text the partner's encoding or field cannot carry (`Case.texts`).
CARRIED = "carried"  #: it arrives as it is, whatever it is
TRANSLITERATED = "transliterated"  #: letters outside the encoding get their nearest ones
CUT = "cut"  #: what is longer than the field is left out; letters as `transliterated`
REFUSED = "refused"  #: the message is refused, and the reason names the field


@dataclass(frozen=True, slots=True)
class Case:
    """One adapter and what it must do with these examples. People in them are synthetic.

    Found by the entry point group ``benkan.certification``. A partner answers *over a line*
    (`served` is the content type of its HTTP answers) or *by files* (`served` is "").
    """

    make: Callable[[int], Adapter]  #: a fresh adapter whose partner is at this port, short waits
    operation: str
    tree: Tree  #: a complete message
    incomplete: Tree | None  #: a tree that must be refused; None: this partner takes any
    identities: Sequence[str]  #: texts of `tree` and `replies` that nobody may see
    foreign: Sequence[bytes]  #: bytes that `receive` must not take
    replies: Sequence[tuple[Reply, Tree]]  #: golden pairs for `decode`
    silent: type[Problem] | None  #: what a partner that never says a word means
    read: Callable[[bytes], Tree] | None = None  #: a message's bytes as the partner reads them
    texts: Mapping[str, str] = field(default_factory=dict)  #: path in `tree` → CARRIED, CUT…
    served: str = ""  #: content type of answers over HTTP; "": it answers by files
    token: bytes = b""  #: what it answers to a request for an access token, over HTTP
    answer: Callable[[str], bytes] | None = None  #: its whole decision about this key
    undecided: Callable[[str], bytes] | None = None  #: the same, with a status nobody knows
    headers: Callable[[bytes], Mapping[str, str]] = lambda _: {}  #: what proves a file's origin
    forged: Sequence[tuple[Mapping[str, str], bytes]] = ()  #: callbacks not signed by it
    totals: Callable[[bytes], tuple[int, Mapping[str, Decimal]]] | None = None
    #: ↑ a deposit's control totals as the partner reads them: sheets, exact sum by currency
    wrong_totals: Sequence[bytes] = ()  #: its files, with control totals that are wrong
    strange: Sequence[Reply] = ()  #: answers to `tree` under "s-1" that repeat another sheet
    pays: bool = True  #: does it tell what it pays? Else its claims need no payment map
    asks: bool = True  #: can it be asked what became of a message, without sending it again?
    claims: Callable[[int], Any] | None = None
    #: ↑ FHIR claim of this number for a synthetic person it insures; None: the demo world's
