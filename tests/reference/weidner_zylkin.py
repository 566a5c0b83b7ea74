"""The example that the authors of the correction print, against ours; their data are not kept here.

python tests/reference/weidner_zylkin.py FILE

FILE: PPMLFEBIAS_EXAMPLE_DATA.dta of github.com/tomzylkin/ppml_fe_bias (manufactures among 65 countries, 1988 to 2004, every four years).
Printed are their figures (examples/figures, version 1.2), ours, and the largest difference.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import polars as pl

from quadrille.economy.gravity import Gravity, correction, fit
from quadrille.economy.panel import TradePanel, dropped_rows

# Estimate, standard error, bias, standard error freed of leverage.
THREE_WAY = {"fta": (0.1780290, 0.0350079, 0.0076567524, 0.0419558558)}
TWO_WAY = {
    "ln_distw": (-0.5826890, 0.0372778, 0.0, 0.0463104), "contig": (0.3690149, 0.0600966, 0.0, 0.0734243),
    "colony": (-0.0874526, 0.0888010, 0.0, 0.1115109), "comlang_off": (0.0535707, 0.0628885, 0.0, 0.0765570),
    "comleg": (0.2485195, 0.0411242, 0.0, 0.0490544), "fta": (0.8540740, 0.0748473, 0.0, 0.0908957),
}  # fmt: skip


def main(path: str) -> None:
    """Estimate both and print."""
    table = pd.read_stata(path)
    table = table[table["category"] == "MANUF"]
    columns = {"exporter": "isoexp", "importer": "isoimp", "year": "year", "value": "trade"}
    columns |= {n: n for n in TWO_WAY}
    data = pl.DataFrame({k: table[v].tolist() for k, v in columns.items()})
    data = data.with_columns(pl.col("year").cast(pl.Int32), pl.col("value").cast(pl.Float64))
    panel = TradePanel(data, dropped_rows({}), "example", ())
    worst = 0.0
    for printed, pairs in ((THREE_WAY, "directed"), (TWO_WAY, "none")):
        found = fit(panel, Gravity(tuple(printed), pairs, cluster="directed"))
        made = correction(found)
        for k, name in enumerate(found.names):
            ours = (found.coef[k], found.se[k], made.bias[k], np.sqrt(made.corrected[k, k]))
            print(
                pairs,
                name,
                *(f"{v:.7f}" for v in printed[name]),
                "ours",
                *(f"{v:.7f}" for v in ours),
            )
            worst = max(worst, np.abs(np.subtract(ours, printed[name])).max())
    print(f"largest difference {worst:.1e}")


if __name__ == "__main__":
    main(sys.argv[1])
