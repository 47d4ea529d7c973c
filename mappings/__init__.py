"""What is said: maps, tables, models, examples. Data only."""
