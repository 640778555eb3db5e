"""One search for near duplicates in a process of its own: its CPU time, memory and findings, as one JSON object.

python benchmarks/duplicates_run.py FILE.parquet...
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from healthnews.duplicates.candidates import star_edges
from healthnews.duplicates.columns import AnswerColumns
from healthnews.duplicates.near import Answer, find_near, sign_answers

_WARM = 3_000


def main() -> None:
    """Read, find, and print what it took; reading and what is counted beside the finding are not in the time."""
    table = pa.concat_tables([pq.read_table(path, columns=["title", "text"]) for path in sys.argv[1:]])
    find_near([Answer(f"第{n}问", f"参保人{n}的余额会不会清零。" * 3) for n in range(_WARM)])  # loads what is compiled
    answers = AnswerColumns(table["title"], table["text"])
    begun = time.process_time()
    bands = sign_answers(answers)
    signed = time.process_time()
    found = find_near(answers, bands)
    done = time.process_time()
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    figures: dict[str, Any] = {
        "answers": len(answers), "seconds": done - begun, "sign_seconds": signed - begun, "peak_gb": peak_bytes / 1e9,
        "stars": len(star_edges(bands)[0]) / len(answers), "groups": len(found.groups), "families": len(found.families),
        "variants": len(found.variants), "bands": int(np.unique(bands[:, 0]).size),
    }  # fmt: skip
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
