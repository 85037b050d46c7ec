"""Periodic work, long work with progress, singleton locks."""
