"""Vectors of titles by a sentence-embedding model that the user brings: a local folder with an ONNX graph and its tokenizer."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.model_folder import ModelFolder, Pooling, read_model_folder
from healthnews.errors import UsageError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

Vectors = NDArray[np.float32]

_INSTALL = "pip install 'healthnews[embedding]'"
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
"""What a graph may ask for; another name means a model of another kind (a decoder, pictures)."""
_INTEGERS: Mapping[str, Any] = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_POOLED = "sentence_embedding"
_TOKENS = ("last_hidden_state", "token_embeddings")
_CHUNK = 256
"""Titles that one thread takes at a time."""
_QUIET = 3
"""Log level of onnxruntime at which it tells errors alone."""


class Encoder(Protocol):
    """Whatever makes vectors of titles: a model, or one with a store of vectors in front."""

    @property
    def digest(self) -> str:
        """SHA-256 of the files that the vectors depend on, 64 hexadecimal digits."""

    def encode(self, titles: Sequence[str]) -> Vectors:
        """A row of length 1 for each title; zeros for one of which the model knows nothing."""


@dataclass(frozen=True, slots=True)
class OnnxEncoder:
    """A model in memory.

    Attributes:
        session: The graph, an `onnxruntime.InferenceSession`.
        tokenizer: Makes the numbers of tokens that the graph is fed with.
        inputs: Name and integer type of what the graph asks for.
        output: The output that is read.
        pooling: How vectors of tokens become one; None where the graph does that itself.
        folder: Where it was read from, and what its files say.
    """

    session: Any
    tokenizer: Tokenizer
    inputs: Mapping[str, Any]
    output: str
    pooling: Pooling | None
    folder: ModelFolder

    @property
    def digest(self) -> str:
        """SHA-256 of the model's files, 64 hexadecimal digits."""
        return self.folder.digest

    def encode(self, titles: Sequence[str]) -> Vectors:
        """Vectors of titles, float32 of shape (titles, dimensions), each of length 1; zeros for a title without any token.

        A vector depends on its title alone, never on the titles beside it: each is run by itself, on one thread. A batch of 32 would
        save a quarter of the time, and a graph with dynamic quantisation would round each title by what else is in the batch.

        Raises:
            UsageError: The graph cannot be run on these titles, or gives what is no number.
        """
        chunks = [titles[start : start + _CHUNK] for start in range(0, len(titles), _CHUNK)]
        with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
            rows = [row for chunk in threads.map(self._encode_chunk, chunks) for row in chunk]
        vectors = np.zeros((len(rows), max(map(len, rows), default=0)), np.float32)
        for vector, row in zip(vectors, rows, strict=True):
            vector[: len(row)] = row
        return vectors

    def _encode_chunk(self, titles: Sequence[str]) -> list[Vectors]:
        encodings = self.tokenizer.encode_batch([self.folder.prompt + title for title in titles])
        return [self._vector(encoding, title) for encoding, title in zip(encodings, titles, strict=True)]

    def _vector(self, encoding: Encoding, title: str) -> Vectors:
        if not encoding.ids:
            return np.zeros(0, np.float32)
        columns = {"input_ids": encoding.ids, "attention_mask": encoding.attention_mask, "token_type_ids": encoding.type_ids}
        feed = {name: np.array([columns[name]], dtype) for name, dtype in self.inputs.items()}
        try:
            found = np.asarray(self.session.run([self.output], feed)[0], np.float64)
        except Exception as error:  # each failure of onnxruntime is a class of its own, directly below Exception
            raise UsageError(f"the model {self.folder.graph} cannot be run on “{title}”: {_first_line(error)}") from error
        expected = 2 if self.pooling is None else 3
        if found.ndim != expected or len(found) != 1:
            raise UsageError(f"{self.output} of {self.folder.graph} has the shape {found.shape}; expected {expected} dimensions")
        vector = found[0] if self.pooling is None else found[0][0] if self.pooling == "cls" else found[0].mean(axis=0)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length):
            raise UsageError(f"the model {self.folder.graph} gives no number for “{title}” (NaN or infinity); export it anew as float32")
        return np.asarray(vector / length if length else vector, np.float32)


def load_encoder(path: Path) -> OnnxEncoder:
    """The model of a folder, as sentence-transformers and optimum export it (see `model_folder`).

    Raises:
        UsageError: The extra is not installed, the folder is none of a model, or the model is of a kind that is not known here.
    """
    try:
        import onnxruntime
        import tokenizers
    except ImportError as error:
        raise UsageError(f"duplicates.embedding_model needs the package {error.name}, which is not installed: {_INSTALL}") from error
    folder = read_model_folder(path)
    session = _session(onnxruntime, folder.graph)
    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(folder.tokenizer))
    except Exception as error:  # tokenizers raises no class of its own
        raise UsageError(f"{folder.tokenizer} is no tokenizer: {_first_line(error)}") from error
    tokenizer.no_padding()
    if folder.max_tokens is not None:
        tokenizer.enable_truncation(folder.max_tokens)
    output, pooling = _output(folder, [node.name for node in session.get_outputs()])
    return OnnxEncoder(session, tokenizer, _inputs(folder, session), output, pooling, folder)


def _session(onnxruntime: Any, graph: Path) -> Any:
    """The graph, ready to run on one thread: sums of many threads may differ in their last digits."""
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    options.log_severity_level = _QUIET
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as in `_vector`
        raise UsageError(f"{graph} is no ONNX graph that onnxruntime {onnxruntime.__version__} can load: {_first_line(error)}") from error


def _inputs(folder: ModelFolder, session: Any) -> dict[str, Any]:
    asked = {node.name: node.type for node in session.get_inputs()}
    if "input_ids" not in asked or not asked.keys() <= set(_INPUTS) or not set(asked.values()) <= _INTEGERS.keys():
        named = ", ".join(f"{name} {kind}" for name, kind in asked.items())
        raise UsageError(f"{folder.graph} asks for {named}; expected integers: input_ids and, if it likes, {' and '.join(_INPUTS[1:])}")
    return {name: _INTEGERS[kind] for name, kind in asked.items()}


def _output(folder: ModelFolder, outputs: Sequence[str]) -> tuple[str, Pooling | None]:
    """The output to read, and how to pool it; a graph that ends in the vector of the sentence has done all the rest itself."""
    if _POOLED in outputs:
        return _POOLED, None
    tokens = next((name for name in _TOKENS if name in outputs), None)
    if tokens is None:
        known = ", ".join((_POOLED, *_TOKENS))
        raise UsageError(f"{folder.graph} gives {', '.join(outputs)}; expected one of {known}")
    return tokens, folder.pooling()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
