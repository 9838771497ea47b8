"""The log of everything answered: tags, canonical entries, leaf hashes, verification."""
