"""A lifelike company, made by running the real engine on a virtual clock."""
