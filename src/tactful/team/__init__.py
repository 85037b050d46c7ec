"""Staff, API keys, audit, the workspace's own settings."""
