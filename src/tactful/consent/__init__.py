"""Who agreed to what, and who must never be written to."""
