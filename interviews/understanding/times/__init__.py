"""The times in an utterance: days, clocks and parts of the day, read by rules in the order tried."""
