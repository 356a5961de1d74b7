"""What the channels of one vendor share: the Graph API's host, tokens, errors and signed webhooks."""
