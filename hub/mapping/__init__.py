"""FHIR Mapping Language: text → StructureMap → Python function; ConceptMap; FHIRPath."""
