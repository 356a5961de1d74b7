"""Messages to the customer: built, checked, sent once, and followed by receipts."""
