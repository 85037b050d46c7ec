"""Pages that a customer sees: preferences, unsubscribe, why, tracked links."""
