"""The columnar copy: declared tables, flush, manifest, engines."""
