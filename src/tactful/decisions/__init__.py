"""Whether and when a message may go, with every reason."""
