"""The embedding model that the settings name, with a store of the vectors that it has made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from healthnews.duplicates.embeddings import Encoder, Vectors, load_encoder
from healthnews.duplicates.meaning import Meaning
from healthnews.pipeline.folder import DataFolder
from healthnews.settings import NO_MODEL, read_settings, share

_MOST_PARTS = 32
"""Files of a store from which on they are written into one."""


def configured_meaning(folder: DataFolder) -> Meaning | None:
    """The embedding model that the settings name; None without one. UsageError where it cannot be used."""
    settings = read_settings({})
    threshold, path = share(settings["duplicates.embedding_threshold"]), settings["duplicates.embedding_model"].value
    if path == NO_MODEL:
        return None
    encoder = load_encoder(Path(path).expanduser())
    return Meaning(StoredEncoder(encoder, folder.vectors / encoder.digest[:16]), threshold)


@dataclass(frozen=True, slots=True)
class StoredEncoder:
    """An encoder that makes each vector once: the rest is read from Parquet files, which may be deleted at any time.

    A vector depends on its title alone, so that what is stored is what the model would give again.
    """

    encoder: Encoder
    folder: Path

    @property
    def digest(self) -> str:
        """As of the encoder."""
        return self.encoder.digest

    def encode(self, titles: Sequence[str]) -> Vectors:
        """As `OnnxEncoder.encode`."""
        wanted = pa.array(titles, pa.string())
        stored = self._read()
        new = wanted.unique() if stored is None else wanted.filter(pc.is_null(pc.index_in(wanted, stored["title"]))).unique()
        if len(new):
            vectors = self.encoder.encode(new.to_pylist())
            if not vectors.size:  # nothing but titles without a token: there is no telling the dimensions
                return self.encoder.encode(titles)
            column = pa.FixedSizeListArray.from_arrays(vectors.ravel(), vectors.shape[1])
            stored = self._add(stored, pa.table({"title": new, "vector": column}))
        if stored is None:
            return np.zeros((0, 0), np.float32)
        rows = stored.take(pc.index_in(wanted, stored["title"]))["vector"].combine_chunks()
        return np.asarray(rows.flatten(), np.float32).reshape(len(titles), rows.type.list_size)

    def _read(self) -> pa.Table | None:
        parts = self._parts()
        return pa.concat_tables(pq.read_table(part) for part in parts) if parts else None

    def _parts(self) -> list[Path]:
        return sorted(self.folder.glob("*.parquet"))

    def _add(self, stored: pa.Table | None, new: pa.Table) -> pa.Table:
        """Write what is new beside what is stored; a kill leaves whole files, of which at most one holds what others hold too."""
        together = new if stored is None else pa.concat_tables([stored, new])
        parts = self._parts()
        outdated = parts if len(parts) >= _MOST_PARTS else []
        self.folder.mkdir(parents=True, exist_ok=True)
        number = int(parts[-1].stem) + 1 if parts else 0
        unfinished = self.folder / "unfinished"
        pq.write_table(together if outdated else new, unfinished)
        unfinished.rename(self.folder / f"{number:08d}.parquet")
        for part in outdated:
            part.unlink()
        return together
