"""Values to the text of their fields, with every refusal and every loss named."""

from __future__ import annotations

from typing import Any

from hub import errors
from hub.formats.charset import rewritten
from hub.formats.impossible import Impossible, reason
from hub.formats.records_model import MOST_FINDINGS, Field, RecordModel, Written
from hub.formats.records_plan import Plan, Planned
from hub.formats.records_values import text_of
from hub.formats.repertoire import carried, encode
from hub.model import Tree


class Writer:
    """Writes one file; a form says how texts become lines."""

    def __init__(self, model: RecordModel) -> None:
        self.model = model
        self.found: list[errors.Issue] = []
        self.losses: list[errors.Issue] = []

    def plan(self, tree: Tree) -> list[Planned]:
        """The records of a tree, complete.

        Raises:
            Refused: everything that is missing, unknown or too many.
        """
        plan = Plan(self.model)
        plan.make(tree)
        self.found += plan.found
        if not plan.complete:
            self._raise()
        return plan.records

    def text(self, slot: Field, value: Any, path: str) -> tuple[str, bool]:
        """The field's text in the file's encoding, and whether it is negative.

        Raises:
            ValueError: the field or the encoding cannot say this value.
        """
        text, negative = text_of(value, slot, self.model.file)
        kept = carried(text, self.model.file.encoding, slot.unencodable)
        if kept != text:
            self.losses.append(
                errors.Issue(
                    "value",
                    f"{rewritten(text, self.model.file.encoding)} : l'encodage du partenaire ne"
                    " porte pas tous les caractères.",
                    "the partner's encoding lacks characters; others stand for them.",
                    path,
                    "information",
                )
            )
        return kept, negative

    def refuse(self, slot: Field, path: str, why: ValueError) -> None:
        """A value that cannot be written."""
        fr, en = reason(why)
        name = slot.element.short or slot.element.name
        self.found.append(
            errors.Issue(
                "value",
                f"« {name} » ne peut pas être écrit : {fr} ; corrigez la demande ou le mapping.",
                f"“{slot.element.name}” cannot be written: {en}; correct the claim or the map.",
                path,
            )
        )

    def done(self, text: str) -> Written:
        """The file.

        Raises:
            Refused: every value that could not be written, every wrong total.
        """
        self._raise()
        file = self.model.file
        return Written(encode(text, file.encoding, file.bom), tuple(self.losses))

    def _raise(self) -> None:
        if self.found:
            raise errors.Refused(*self.found[:MOST_FINDINGS])


def too_long(text: str, slot: Field) -> Impossible:
    """A text that the field has no room for: refused, never cut."""
    there, most = len(text), slot.length
    return Impossible(f"{there} caractères, {most} au plus", f"{there} characters, at most {most}")
