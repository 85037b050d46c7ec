"""HTTP in: the collection endpoint."""
