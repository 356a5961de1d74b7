"""The bridge's neighbours: one interface for the Conversation API, one implementation over HTTP."""
