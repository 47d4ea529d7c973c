"""FHIR R4: validation, references, what we emit. The only door to fhir.resources."""
