"""Tactful: CRM marketing without spam."""
