"""The FHIR edge; one file per interaction."""
