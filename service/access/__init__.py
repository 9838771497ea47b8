"""Who may read what, for which purpose, on which day."""
