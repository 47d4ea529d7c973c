"""The offline suite: every check that needs no partner, in the order of the report."""

from __future__ import annotations

from collections.abc import Sequence

from hub.certification import effects, lines, messages, texts
from hub.certification.bench import Bench
from hub.certification.findings import Check

OFFLINE: Sequence[Check[Bench]] = (
    *messages.CHECKS.every,
    *lines.CHECKS.every,
    *effects.CHECKS.every,
    *texts.CHECKS.every,
)
