"""The trained network as files that run without torch: an ONNX encoder and its heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from models.classifier_input import MAX_CONTEXT_TOKENS, MAX_SENTENCE_TOKENS
from models.training.encoder import CONTRIB, WIDTH, Graph, attend, feed_forward, to_int8
from models.training.network import LAYERS, MentionNetwork, published_names

MAX_TOKENS = MAX_SENTENCE_TOKENS + MAX_CONTEXT_TOKENS + 4


def build_encoder(network: MentionNetwork) -> bytes:
    """The network without its heads: token ids and segments `(b, t)` to states `(b, t, 384)`.

    Steps and 8-bit arithmetic are those of the sentence encoder (`encoder.py`), so a sentence's
    states do not depend on what stands beside it in the batch.
    """
    graph = Graph(_published_weights(network))
    x = _embed(graph)
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        x = feed_forward(graph, attend(graph, x, layer), layer)
    graph.step("Identity", [x], "hidden")
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "t"])
        for name in ("input_ids", "segments")
    ]
    hidden = helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["b", "t", WIDTH])
    body = helper.make_graph(graph.nodes, "mentions", inputs, [hidden], graph.constants)
    imports = [helper.make_opsetid("", 17), helper.make_opsetid(CONTRIB, 1)]
    model: onnx.ModelProto = helper.make_model(body, opset_imports=imports, ir_version=9)
    content: bytes = model.SerializeToString()
    return content


def save_heads(network: MentionNetwork, path: Path) -> None:
    """Nothing; writes the weights of the label head and the token head, float32."""
    np.savez(
        path,
        label_weight=network.labels.weight.detach().numpy().T.copy(),
        label_bias=network.labels.bias.detach().numpy(),
        token_weight=network.tokens.weight.detach().numpy().T.copy(),
        token_bias=network.tokens.bias.detach().numpy(),
    )


def _published_weights(network: MentionNetwork) -> dict[str, NDArray[np.float32]]:
    """The network's encoder weights by the names that MiniLM's file gives them."""
    state = network.state_dict()
    return {theirs: state[ours].numpy() for theirs, ours in published_names().items()}


def _embed(graph: Graph) -> str:
    """Word, position and segment embeddings, normalised."""
    words, scales = to_int8(graph.weights["embeddings.word_embeddings.weight"])
    integers = graph.step("Gather", [graph.constant("words", words), "input_ids"], "words.int8")
    floats = graph.step("Cast", [integers], "words.float", to=TensorProto.FLOAT)
    sizes = graph.step("Gather", [graph.constant("words.scale", scales[:, None]), "input_ids"], "s")
    word = graph.step("Mul", [floats, sizes], "word")
    kinds = graph.weight("embeddings.token_type_embeddings.weight")
    kind = graph.step("Gather", [kinds, "segments"], "segment")
    places = graph.weights["embeddings.position_embeddings.weight"][:MAX_TOKENS]
    zero = graph.constant("zero", np.array([0]))
    length = graph.step("Shape", ["input_ids"], "length", start=1, end=2)
    place = graph.step("Slice", [graph.constant("places", places), zero, length, zero], "place")
    norm = [graph.weight(f"embeddings.LayerNorm.{part}") for part in ("weight", "bias")]
    summed = graph.step("Add", [graph.step("Add", [word, kind], "typed"), place], "summed")
    return graph.step("LayerNormalization", [summed, *norm], "embedded", epsilon=1e-12)
