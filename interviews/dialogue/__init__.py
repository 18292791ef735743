"""The conversation as a pure state machine: events become cues, and one table says what follows from each cue."""
