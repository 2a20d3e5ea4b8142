"""How a hurried thumb blurs a text, so that learning does not lean on clean spelling."""

from random import Random

KEYS = ("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz")
NEIGHBOURS = {letter: key.replace(letter, "") for key in KEYS for letter in key}
LEET = str.maketrans("aiueo", "41u30")
VOWELS = "aeiou"


def blurred(text: str, chance: Random) -> str:
    """The text with some of its words misspelt, shortened or joined; sometimes all in capitals."""
    words = [_blur(word, chance) if chance.random() < 0.3 else word for word in text.split()]
    out = ""
    for word in words:
        out += word if not out or chance.random() < 0.05 else " " + word
    return out.upper() if chance.random() < 0.1 else out


def _blur(word: str, chance: Random) -> str:
    if len(word) < 4 or not word.isalpha():
        return word
    at = chance.randrange(1, len(word) - 1)
    way = chance.randrange(6)
    if way == 0:
        return word[:at] + chance.choice(NEIGHBOURS.get(word[at].lower(), word[at])) + word[at + 1 :]
    if way == 1:
        return word[:at] + word[at + 1 :]
    if way == 2:
        return word[:at] + word[at] + word[at:]
    if way == 3:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if way == 4:
        return word[0] + "".join(letter for letter in word[1:] if letter not in VOWELS)
    return word.translate(LEET)
