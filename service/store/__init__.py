"""Everything that is kept: the database (only here SQLAlchemy is known) and the facts behind their one door."""
