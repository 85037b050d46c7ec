"""People, identifiers, merges, companies."""
