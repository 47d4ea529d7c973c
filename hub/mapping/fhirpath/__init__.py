"""FHIRPath: text to syntax tree to Python source. https://hl7.org/fhirpath/N1/"""
