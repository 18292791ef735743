"""What is said and heard in words: a folder for each language, which of them is in use, and what all share."""
