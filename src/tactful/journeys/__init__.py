"""Journeys and their runs."""
