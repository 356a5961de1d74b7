"""One module per channel: the vendor's wire on one side, the Conversation API's words on the other."""
