"""Use cases: load, call the pure core, write the log entry and the effect in one transaction, then answer."""
