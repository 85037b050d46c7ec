"""Getting a decided message out, once."""
