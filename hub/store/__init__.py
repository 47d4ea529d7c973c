"""What the hub remembers: SQLite or PostgreSQL behind one door."""
