"""A folder with a sentence-embedding model: which of its files count, and what they say."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from healthnews.errors import UsageError

Pooling = Literal["mean", "cls"]

_GRAPHS = ("model.onnx", "onnx/model.onnx")
_TOKENIZER = "tokenizer.json"
_POOLING = "1_Pooling/config.json"
_MODULES = "modules.json"
_SENTENCE = "sentence_bert_config.json"
_TOKENIZER_SETTINGS = "tokenizer_config.json"
_PROMPTS = "config_sentence_transformers.json"
_LONGEST = 100_000
"""Tokens beyond which a stated limit is none: transformers writes 10^30 where it knows none."""
_PLAIN_MODULES = ("Transformer", "Pooling", "Normalize")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model's folder as sentence-transformers or optimum writes it.

    Attributes:
        path: The folder.
        graph: `model.onnx`, of the folder itself or of its folder `onnx`.
        tokenizer: `tokenizer.json`.
        max_tokens: Tokens of a title that are read; None to leave it to the tokenizer.
        prompt: What the model wants in front of each title; mostly nothing.
        digest: SHA-256 over all files of the folder that vectors depend on.
    """

    path: Path
    graph: Path
    tokenizer: Path
    max_tokens: int | None
    prompt: str
    digest: str

    def pooling(self) -> Pooling:
        """How the vectors of tokens become that of the title: their mean unless the folder says that it is the first one.

        Raises:
            UsageError: The folder asks for another pooling, or for layers behind it, which only a graph that holds them can give.
        """
        modules = _read(self.path / _MODULES, list)
        kinds = [str(module.get("type", "")).rpartition(".")[2] for module in modules]
        if others := [kind for kind in kinds if kind not in _PLAIN_MODULES]:
            raise UsageError(
                f"{self.path / _MODULES} has the layer {', '.join(others)}, which {self.graph.name} does not hold; export the model with "
                "the output sentence_embedding"
            )
        return _pooling(self.path / _POOLING)


def read_model_folder(path: Path) -> ModelFolder:
    """The folder's files and what they say.

    Raises:
        UsageError: A file that must be there is missing, or one cannot be read.
    """
    if not path.is_dir():
        raise UsageError(f"duplicates.embedding_model = {str(path)!r} is no folder; expected one with model.onnx and {_TOKENIZER}")
    graph = next((path / name for name in _GRAPHS if (path / name).is_file()), None)
    if graph is None:
        raise UsageError(f"{path} has no {' and no '.join(_GRAPHS)}: export the model as ONNX (docs/same-questions.md says how)")
    if not (path / _TOKENIZER).is_file():
        raise UsageError(f"{path} has no {_TOKENIZER}; save the tokenizer in its fast form beside the model")
    return ModelFolder(path, graph, path / _TOKENIZER, _max_tokens(path), _prompt(path), _digest(path, graph))


def _max_tokens(path: Path) -> int | None:
    stated = _read(path / _SENTENCE).get("max_seq_length") or _read(path / _TOKENIZER_SETTINGS).get("model_max_length")
    return int(stated) if isinstance(stated, int | float) and 0 < stated <= _LONGEST else None


def _prompt(path: Path) -> str:
    settings = _read(path / _PROMPTS)
    name, prompts = settings.get("default_prompt_name"), settings.get("prompts")
    return str(prompts.get(name, "")) if name is not None and isinstance(prompts, dict) else ""


def _pooling(path: Path) -> Pooling:
    """Two forms are known: flags (`pooling_mode_cls_token`), and since sentence-transformers 5.4 a word (`pooling_mode`)."""
    settings = _read(path)
    names = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
    modes = [names.get(key, key) for key, value in settings.items() if key.startswith("pooling_mode_") and value is True]
    if word := settings.get("pooling_mode"):
        modes = [str(mode) for mode in word] if isinstance(word, list) else [str(word)]
    if not modes:
        modes = ["mean"]
    if modes == ["mean"]:
        return "mean"
    if modes == ["cls"]:
        return "cls"
    raise UsageError(f"{path} asks for the pooling {' + '.join(modes)}; known are mean and cls")


def _digest(path: Path, graph: Path) -> str:
    """Weights of more than 2 GB lie in files beside the graph, whose names begin with its own."""
    settings = (_TOKENIZER, _POOLING, _MODULES, _SENTENCE, _TOKENIZER_SETTINGS, _PROMPTS)
    files = [*sorted(graph.parent.glob(f"{graph.name}*")), *(path / name for name in settings)]
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            with file.open("rb") as opened:
                digest.update(f"{file.relative_to(path).as_posix()} {hashlib.file_digest(opened, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()


def _read(path: Path, kind: type[Any] = dict) -> Any:
    """What a JSON file holds; empty when there is none."""
    if not path.is_file():
        return kind()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path} is no JSON: {error}") from error
    if not isinstance(found, kind):
        raise UsageError(f"{path} holds a {type(found).__name__}; expected a {kind.__name__}")
    return found
