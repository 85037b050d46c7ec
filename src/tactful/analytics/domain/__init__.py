"""Estimates from numbers: pure."""
