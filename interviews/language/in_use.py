"""The language in use: what speaks or understands takes its words from here, and only here a language is named.

Another language is a folder with these modules and texts. The grammar of times has its own rules for each language, and
they are code: they stay in `interviews.understanding.times`.
"""

from interviews.language.en import FOLDER, lexicon, numbers, raw_text, sentences, speech_hints, spoken_times

__all__ = ["FOLDER", "lexicon", "numbers", "raw_text", "sentences", "speech_hints", "spoken_times"]
