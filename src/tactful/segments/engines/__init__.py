"""Other engines for questions about everyone: the same expressions, said in their words, over the same rows.

DuckDB in process is the engine; docs/engines.md tells when another is worth having. A dialect is a table of words
(`*_words.py`); whatever has no entry in it is refused by name, never computed differently.
"""
