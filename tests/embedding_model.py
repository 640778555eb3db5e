"""A tiny real sentence-embedding model: a table of vectors of characters, and the graph and tokenizer that read it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from tokenizers.processors import TemplateProcessing

DIMENSIONS = 64
ALL_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def write_model(
    folder: Path,
    same: Sequence[str],
    *,
    vocabulary: str,
    graph: str = "model.onnx",
    inputs: Sequence[str] = ALL_INPUTS,
    output: str = "last_hidden_state",
    integers: int = TensorProto.INT64,
    table: np.ndarray[Any, np.dtype[np.float32]] | None = None,
    files: Mapping[str, object] | None = None,
) -> Path:
    """A model to which the words of each group of `same` are one, and every other character stands for itself.

    Args:
        folder: Where it is written.
        same: Words that mean the same, separated by spaces, group by group; each counts as one character would.
        vocabulary: Every other character it knows.
        graph: Its path in the folder.
        inputs: What the graph asks for.
        output: `sentence_embedding` makes a graph that pools by itself.
        integers: Type of the inputs.
        table: Vectors of tokens, instead of those of the seed.
        files: Further JSON files by name.
    """
    words = [word for group in same for word in group.split()]
    tokens = list(dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words, *sorted(set(vocabulary))]))
    if table is None:
        table = np.random.default_rng(7).standard_normal((len(tokens), DIMENSIONS)).astype(np.float32)
        for group in same:
            first, *others = group.split()
            table[[tokens.index(word) for word in others]] = table[tokens.index(first)]
        table[:4] = 0
    _write_graph(folder / graph, table, inputs, output, integers)
    _write_tokenizer(folder / "tokenizer.json", tokens, words)
    for name, content in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


def _write_graph(path: Path, table: np.ndarray[Any, Any], inputs: Sequence[str], output: str, integers: int) -> None:
    """Looks tokens up; what else it asks for is added with weight 0, so that it must be given."""
    tensors = [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.zeros(1, np.float32), "nothing")]
    nodes = [helper.make_node("Gather", ["table", inputs[0]], ["x0"])]
    axes = numpy_helper.from_array(np.array([2]), "last")
    for number, name in enumerate(inputs[1:]):
        nodes += [
            helper.make_node("Cast", [name], [f"f{number}"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"f{number}", "nothing"], [f"z{number}"]),
            helper.make_node("Unsqueeze", [f"z{number}", "last"], [f"u{number}"]),
            helper.make_node("Add", [f"x{number}", f"u{number}"], [f"x{number + 1}"]),
        ]
    result = f"x{len(inputs) - 1}"
    shape: list[int | str] = ["batch", "tokens", DIMENSIONS]
    if output == "sentence_embedding":
        shape.remove("tokens")
        nodes.append(helper.make_node("ReduceMean", [result], [output], axes=[1], keepdims=0))
    else:
        nodes.append(helper.make_node("Identity", [result], [output]))
    asked = [helper.make_tensor_value_info(name, integers, ["batch", "tokens"]) for name in inputs]
    given = helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)
    whole = helper.make_graph(nodes, "tiny", asked, [given], [*tensors, axes])
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def _write_tokenizer(path: Path, tokens: Sequence[str], words: Sequence[str]) -> None:
    tokenizer = Tokenizer(WordLevel({token: number for number, token in enumerate(tokens)}, unk_token="[UNK]"))
    longest = "|".join(sorted(words, key=len, reverse=True))
    tokenizer.pre_tokenizer = Split(Regex(f"{longest}|." if words else "."), "isolated")
    special = [(name, tokens.index(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=special)
    tokenizer.enable_padding(length=32)  # as sentence-transformers saves it
    tokenizer.save(str(path))
