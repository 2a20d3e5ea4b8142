"""Words run together ("istridipukulsuami"), cut where the known ones fit best."""

from collections.abc import Container

LONGEST_WORD = 14
SHORT_WORDS = frozenset({"di", "ke", "yg", "sy", "dr", "dg", "ga", "gk", "sm", "bu", "ku"})
"""Two letters are a word only when they are one of these: otherwise anything could be cut to bits."""

UNKNOWN_COST = 1.25
WORD_COST = 1.0
SHORT_WORD_COST = 1.6
MOST_UNKNOWN = 3  # one letter in so many may stay unknown


def cut(text: str, known: Container[str]) -> tuple[str, ...]:
    """The pieces of the cheapest cut, empty when there is only one or too much of it is unknown.

    Every word costs, an unknown letter costs more: one walk over the text, its steps bounded by the longest word.
    """
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(text) + 1):
        cost, start = best[end - 1][0] + UNKNOWN_COST, end - 1
        for begin in range(max(0, end - LONGEST_WORD), end - 1):
            piece = text[begin:end]
            if piece in known and (len(piece) > 2 or piece in SHORT_WORDS):
                candidate = best[begin][0] + (WORD_COST if len(piece) > 3 else SHORT_WORD_COST)
                if candidate < cost:
                    cost, start = candidate, begin
        best.append((cost, start))
    pieces, unknown = _pieces(text, best)
    return () if unknown * MOST_UNKNOWN > len(text) or len(pieces) < 2 else tuple(pieces)


def _pieces(text: str, best: list[tuple[float, int]]) -> tuple[list[str], int]:
    """The pieces from left to right, unknown letters side by side as one, and how many letters those are."""
    pieces: list[str] = []
    end, unknown, run = len(text), 0, ""
    while end:
        start = best[end][1]
        if end - start == 1:
            run, unknown = text[start] + run, unknown + 1
        else:
            pieces.extend(filter(None, (run, text[start:end])))
            run = ""
        end = start
    pieces.extend(filter(None, (run,)))
    return pieces[::-1], unknown
