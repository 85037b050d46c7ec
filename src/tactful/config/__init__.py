"""Django's settings, URLs and the one port."""
