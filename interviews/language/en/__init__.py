"""English, with the Hindi that Indian callers mix in: what we say, and the words by which we understand.

The texts beside the modules are data: phrases (regular expressions by what they mean), the lists of words that make a
plain yes (consent) or say who is speaking (speaker), and the model's weights with the examples it was trained on.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
