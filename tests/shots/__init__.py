"""Pictures of every screen in every state: `make shots`."""
