"""Tasks for people, and marketing held for a customer by those who talk to him."""
