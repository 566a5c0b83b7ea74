"""Pandera for Polars, without Spark's pandas: where Spark is installed pandera would load it, to no use.

That takes a second at every start, and warns of pandas 3. A module that is None in ``sys.modules`` cannot
be imported, which pandera takes for one that is not installed.
"""

from __future__ import annotations

import sys
from typing import Any

_ABSENT: dict[str, Any] = {} if "pyspark.pandas" in sys.modules else {"pyspark.pandas": None}
sys.modules.update(_ABSENT)
import pandera.polars as pa

for _name in _ABSENT:
    del sys.modules[_name]

__all__ = ["pa"]
