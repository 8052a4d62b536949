"""Sampled worlds, 64 in a word; `graph_core.exposure.chance` has the plain way and says what the arrays are."""

from __future__ import annotations

from typing import Any

import numpy as np

from graph_core.kernels import kernel

_ALL = np.uint64(2**64 - 1)
_NONE = np.uint64(0)
_ONE = np.uint64(1)
_LAST = np.uint64(63)


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
    hit = np.zeros(size, dtype=np.uint64)
    for number in range(len(lanes)):
        world = np.uint64(number * size * (size + 1))
        for node in range(size):
            place = (world + np.uint64(size * size + node)) << np.uint64(6)
            hit[node] = _live(flags[node], key, place, lanes[number])
        for stretch in range(len(bounds)):
            changed = True
            while changed:
                changed = False
                for position in range(bounds[stretch, 0], bounds[stretch, 1]):
                    buyer = order[position]
                    word = hit[buyer]
                    for link in range(indptr[buyer], indptr[buyer + 1]):
                        wanted = hit[indices[link]] & ~word
                        if wanted:
                            place = (world + np.uint64(buyer * size + indices[link])) << np.uint64(6)
                            word |= _live(chances[link], key, place, wanted)
                    if word != hit[buyer]:
                        hit[buyer] = word
                        changed = bounds[stretch, 2] == 1
        for node in range(size):
            count[node] += _count(hit[node])
    return count
