"""Topics, segments, journeys, templates and the house's restraint as files: written out, planned, applied."""
