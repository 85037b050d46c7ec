"""The only place where capabilities meet. Read top to bottom."""
