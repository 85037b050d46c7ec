"""What an event is, and how a payload becomes one."""
