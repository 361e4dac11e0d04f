"""What payees were told of rules and objectives, when, and whether they confirmed it."""
