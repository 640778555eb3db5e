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
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from healthnews.duplicates.boilerplate import blank_boilerplate
from healthnews.duplicates.documents import Document
from healthnews.duplicates.find import are_alike, find_duplicates, find_in_frames, find_in_questions, find_in_texts
from healthnews.duplicates.index import DuplicateIndex
from healthnews.duplicates.keys import keys_of
from healthnews.duplicates.near import Answer, find_near
from healthnews.pipeline.folder import rare_collection

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
        make_index(Path(where), [document for place, document in enumerate(documents) if place not in held])
        begun = time.process_time()
        index = DuplicateIndex(Path(where))
        affected = index.update(new, (), keys_of(new), partial(are_alike, by_id))
        closed = time.process_time()
        with rare_collection():
            found = find_in_texts([by_id[key] for key in affected.texts])
            found = found.joined(find_in_questions([by_id[key] for key in affected.questions]))
            found = found.joined(find_in_frames([by_id[key] for key in affected.frames]))
        resolved = time.process_time()
        index.commit(components=found.components)
        done = time.process_time()
    figures = {
        "documents": len(documents), "added": added, "touched": len(affected.texts), "clusters": len(found.clusters),
        "seconds": done - begun, "index_seconds": closed - begun, "resolve_seconds": resolved - closed,
    }  # fmt: skip
    print(json.dumps(figures))


def make_index(where: Path, documents: list[Document]) -> None:
    """An index of documents as they are found to hang together."""
    index = DuplicateIndex(where)
    keys = [keys_of(documents[start : start + _AT_ONCE]) for start in range(0, len(documents), _AT_ONCE)]
    index.update(documents, (), np.concatenate(keys))
    found = find_near([Answer(document.title, blank_boilerplate(document.text)) for document in documents])
    ids = [document.article_id for document in documents]
    index.commit(components={ids[member]: ids[members[0]] for members in found.components for member in members})


def read_documents(paths: list[str], start: int) -> list[Document]:
    """The answers of some files as documents of a few publishers, numbered from `start`."""
    if not paths:
        return []
    table = pa.concat_tables([pq.read_table(path, columns=["title", "text"]) for path in paths])
    rows = zip(table["title"].to_pylist(), table["text"].to_pylist(), strict=True)
    return [Document(f"a{n:09}", title, text, publisher=f"{n % _PUBLISHERS}.example") for n, (title, text) in enumerate(rows, start)]


if __name__ == "__main__":
    main()
