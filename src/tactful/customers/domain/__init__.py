"""Who is who, and what is known about him: rules without tables."""
