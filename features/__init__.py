"""Profiles of enterprises as of a day: accepted tables, feature definitions, the engine that computes them."""
