"""WhatsApp's rules: the 24-hour window, consents, templates."""
