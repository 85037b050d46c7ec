"""Rules that sort the base, one language for live, batch and past."""
