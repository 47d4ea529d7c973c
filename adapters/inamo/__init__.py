"""INAMO, since 2022-05-31 CNPS (Guinea): FHIR R4 in the openIMIS dialect, and CSV exports.

Illustrative reference profile (« profil de référence illustratif »): describes no official
interface.
"""

from __future__ import annotations

from adapters.inamo.adapter import Inamo
from adapters.inamo.settings import Settings
from hub.ports import Adapter


def build() -> Adapter:
    """The fund's door, set up from BENKAN_INAMO_…"""
    return Inamo(Settings())
