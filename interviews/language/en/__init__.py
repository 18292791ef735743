"""English, with the Hindi that Indian callers mix in: what we say, and the words by which we understand."""

from pathlib import Path

FOLDER = Path(__file__).parent
