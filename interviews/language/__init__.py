"""What is said and heard in words: a folder for each language, and what all languages share."""
