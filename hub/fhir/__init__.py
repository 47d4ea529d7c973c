"""FHIR R4 at the door: validation, OperationOutcome, search values, references, what we emit."""
