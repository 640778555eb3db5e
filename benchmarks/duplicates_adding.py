"""What adding documents to an index costs, in a process of its own: CPU seconds and documents touched, as one JSON object.

python benchmarks/duplicates_adding.py ADDED FILE.parquet [OTHER.parquet...]

So many documents drawn at random from the first file are held back, the index is made of all others and written. Then they are added
as a run of the pipeline does it: the index is read, what the new ones touch is found and resolved anew, and the index written.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import pyarrow as pa
import pyarrow.parquet as pq

from healthnews.duplicates.documents import Document
from healthnews.duplicates.find import find_duplicates, find_in_questions, find_in_texts
from healthnews.duplicates.index import DuplicateIndex
from healthnews.duplicates.keys import keys_of

_PUBLISHERS = 200
_AT_ONCE = 100_000


def main() -> None:
    """Make the index, add the rest, print what that took."""
    added = int(sys.argv[1])
    first, *others = sys.argv[2:]
    documents = read_documents([first], 0)
    count = len(documents)
    documents += read_documents(others, count)
    find_duplicates(documents[:3_000])  # loads what is compiled
    by_id = {document.article_id: document for document in documents}
    held = set(random.Random(1).sample(range(count), added))
    new = [document for place, document in enumerate(documents) if place in held]
    with tempfile.TemporaryDirectory() as where:
        index = DuplicateIndex(Path(where))
        old = [document for place, document in enumerate(documents) if place not in held]
        for start in range(0, len(old), _AT_ONCE):
            part = old[start : start + _AT_ONCE]
            index.update(part, (), keys_of(part))
        index.commit()
        begun = time.process_time()
        index = DuplicateIndex(Path(where))
        affected = index.update(new, (), keys_of(new))
        closed = time.process_time()
        found = find_in_texts([by_id[key] for key in affected.texts])
        found = found.joined(find_in_questions([by_id[key] for key in affected.questions]))
        resolved = time.process_time()
        index.commit()
        done = time.process_time()
    figures = {
        "documents": len(documents), "added": added, "touched": len(affected.texts), "clusters": len(found.clusters),
        "seconds": done - begun, "index_seconds": closed - begun, "resolve_seconds": resolved - closed,
    }  # fmt: skip
    print(json.dumps(figures))


def read_documents(paths: list[str], start: int) -> list[Document]:
    """The answers of some files as documents of a few publishers, numbered from `start`."""
    if not paths:
        return []
    table = pa.concat_tables([pq.read_table(path, columns=["title", "text"]) for path in paths])
    rows = zip(table["title"].to_pylist(), table["text"].to_pylist(), strict=True)
    return [Document(f"a{n:09}", title, text, publisher=f"{n % _PUBLISHERS}.example") for n, (title, text) in enumerate(rows, start)]


if __name__ == "__main__":
    main()
