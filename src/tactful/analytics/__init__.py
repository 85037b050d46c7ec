"""Measures over any period, answered by the lake."""
