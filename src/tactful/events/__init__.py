"""The log: one door in."""
