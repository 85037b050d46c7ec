"""Loops: engine, sender, clock."""
