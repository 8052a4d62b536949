"""Sampled worlds, 64 in a word; `graph_core.exposure.chance` has the plain way and says what the arrays are."""

from __future__ import annotations

from typing import Any

import numpy as np

from graph_core.kernels import kernel

_ALL = np.uint64(2**64 - 1)
_NONE = np.uint64(0)
_ONE = np.uint64(1)
_LAST = np.uint64(63)
#: Words that are followed at a time: a line of the processor's cache.
_WIDE = 8


@kernel("uint64(uint64, uint64)")
def _mixed(key: Any, place: Any) -> Any:
    z = key + (place + _ONE) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel("uint64(uint64, uint64, uint64, uint64)")
def _live(digits: Any, key: Any, place: Any, wanted: Any) -> Any:
    if digits == _ALL:
        return wanted
    live = _NONE
    while wanted and digits:
        bits = _mixed(key, place)
        if digits >> _LAST:
            live |= wanted & ~bits
            wanted &= bits
        else:
            wanted &= ~bits
        digits <<= _ONE
        place += _ONE
    return live


@kernel("uint64(int64, int64)")
def _world(number: Any, size: Any) -> Any:
    return np.uint64(number * size * (size + 1))


@kernel("int64(uint64)")
def _count(word: Any) -> Any:
    word -= (word >> _ONE) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@kernel("int64[:](int64[:], int64[:, :], int64[:], int64[:], uint64[:], uint64[:], uint64[:], uint64)")
def hits(order: Any, bounds: Any, indptr: Any, indices: Any, chances: Any, flags: Any, lanes: Any, key: Any) -> Any:
    """In how many worlds every node is hit."""
    size = len(order)
    count = np.zeros(size, dtype=np.int64)
    hit = np.zeros((size, _WIDE), dtype=np.uint64)
    for first in range(0, len(lanes), _WIDE):
        wide = min(_WIDE, len(lanes) - first)
        for node in range(size):
            for word in range(wide):
                place = (_world(first + word, size) + np.uint64(size * size + node)) << np.uint64(6)
                hit[node, word] = _live(flags[node], key, place, lanes[first + word])
        for stretch in range(len(bounds)):
            changed = True
            while changed:
                changed = False
                for position in range(bounds[stretch, 0], bounds[stretch, 1]):
                    buyer = order[position]
                    for link in range(indptr[buyer], indptr[buyer + 1]):
                        supplier = indices[link]
                        for word in range(wide):
                            wanted = hit[supplier, word] & ~hit[buyer, word]
                            if wanted:
                                place = (_world(first + word, size) + np.uint64(buyer * size + supplier)) << np.uint64(
                                    6
                                )
                                more = _live(chances[link], key, place, wanted)
                                hit[buyer, word] |= more
                                changed = changed or (more != _NONE and bounds[stretch, 2] == 1)
        for node in range(size):
            for word in range(wide):
                count[node] += _count(hit[node, word])
    return count
