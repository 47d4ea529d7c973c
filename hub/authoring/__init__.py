"""The life of maps and tables: written, tested, approved by a second person, in force, retired."""
