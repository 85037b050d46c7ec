"""Calls to other systems: signed, repeated until they are answered, never to a private network."""
