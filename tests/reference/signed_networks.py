"""Write ``signed_networks.json``: signed networks whose frustration index is published.

Usage: ``python tests/reference/signed_networks.py`` in the repository root. The tribes are copied from
their table; the other networks are built here from their definitions.
"""

from __future__ import annotations

import json
from itertools import combinations, product
from pathlib import Path

# Read (1954): 16 tribes of the Gahuku-Gama, alliance (rova) and opposition (hina), as tabulated by Hage
# & Harary (1983), pp. 56-60, and in UCINET's data set gama: below, the upper triangle row by row.
TRIBES = [
    "GAVEV",
    "KOTUN",
    "OVE",
    "ALIKA",
    "NAGAM",
    "GAHUK",
    "MASIL",
    "UKUDZ",
    "NOTOH",
    "KOHIK",
    "GEHAM",
    "ASARO",
    "UHETO",
    "SEUVE",
    "NAGAD",
    "GAMA",
]
UPPER = [
    "+----.....-..++",
    "-.--..--....++",
    "+.+++........",
    "...+........",
    ".+.+....+--",
    "++-.++-..-",
    "+..+++...",
    "..++.-..",
    "+-.+.-.",
    "-.+.-.",
    "+-.--",
    ".---",
    "+--",
    ".-",
    "+",
]


def tribes() -> list[tuple[int, int, int]]:
    return [
        (i, i + 1 + k, 1 if sign == "+" else -1)
        for i, row in enumerate(UPPER)
        for k, sign in enumerate(row)
        if sign != "."
    ]


def generalised_petersen(n: int, k: int) -> list[tuple[int, int, int]]:
    """All negative: an outer ring, spokes, and an inner ring of steps k."""
    ties = {tuple(sorted(pair)) for i in range(n)
            for pair in ((i, (i + 1) % n), (i, n + i), (n + i, n + (i + k) % n))}  # fmt: skip
    return [(a, b, -1) for a, b in sorted(ties)]


def buckminsterfullerene() -> list[tuple[int, int, int]]:
    """All negative C60: the truncated icosahedron, one atom at each end of each edge."""
    golden = (1 + 5**0.5) / 2
    points = [
        point[-shift:] + point[:-shift]
        for shift in range(3)
        for point in ((0.0, s, t * golden) for s, t in product((1.0, -1.0), repeat=2))
    ]
    near = {
        (u, v)
        for u, v in product(range(12), repeat=2)
        if u != v and sum((a - b) ** 2 for a, b in zip(points[u], points[v], strict=True)) < 4.1
    }
    atom = {pair: k for k, pair in enumerate(sorted(near))}
    ties = set()
    for u, v in near:
        ties.add(tuple(sorted((atom[u, v], atom[v, u]))))
        ties |= {tuple(sorted((atom[u, v], atom[u, x]))) for x in range(12)
                 if (u, x) in near and (v, x) in near}  # fmt: skip
    return [(a, b, -1) for a, b in sorted(ties)]


def complete(n: int) -> list[tuple[int, int, int]]:
    return [(a, b, -1) for a, b in combinations(range(n), 2)]


NETWORKS = [
    ("New Guinea highland tribes", 16, tribes(), 7,
     "Aref & Wilson (2018), Measuring partial balance in signed networks, J. Complex Networks 6: 566"),
    ("Petersen graph, all negative", 10, generalised_petersen(5, 2), 3,
     "Zaslavsky (2012), Six signed Petersen graphs, and their automorphisms, Discrete Math. 312: 1558"),
    ("Dodecahedron (fullerene C20), all negative", 20, generalised_petersen(10, 2), 6,
     "Došlić & Vukičević (2007), Computing the bipartite edge frustration of fullerene graphs, "
     "Discrete Appl. Math. 155: 1294"),
    ("Desargues graph, all negative (bipartite)", 20, generalised_petersen(10, 3), 0,
     "Harary (1953), On the notion of balance of a signed graph, Michigan Math. J. 2: 143"),
    ("Buckminsterfullerene C60, all negative", 60, buckminsterfullerene(), 12,
     "Došlić & Vukičević (2007), Discrete Appl. Math. 155: 1294"),
    ("Complete graph on 15, all negative", 15, complete(15), 49,
     "n(n-1)/2 - floor(n^2/4): Turán (1941); the densest division cuts floor(n^2/4) ties"),
]  # fmt: skip


def main() -> None:
    made = [
        {"name": name, "nodes": n, "frustration": value, "source": source, "ties": ties}
        for name, n, ties, value, source in NETWORKS
    ]
    text = "[\n" + ",\n".join(json.dumps(m, ensure_ascii=False) for m in made) + "\n]\n"
    Path(__file__).with_suffix(".json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
