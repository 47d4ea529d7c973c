"""How each partner is reached; no FHIR, no database."""
