"""Who is left alone, so that effect can be counted."""
