"""CANAM, Mali's scheme manager: rights, prior authorisation, control copy, over SOAP.

Illustrative reference profile (« profil de référence illustratif »): describes no official
interface.
"""

from __future__ import annotations

from adapters.canam.adapter import Canam
from adapters.canam.settings import Settings
from hub.ports import Adapter


def build() -> Adapter:
    """CANAM's door, set up from BENKAN_CANAM_…"""
    return Canam(Settings())
