"""Words in: the USSD dialogue and the one router of inbound SMS."""
