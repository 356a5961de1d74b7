"""The agent API: REST and an event stream. Every answer is limited to what the agent's rights and queues allow."""
