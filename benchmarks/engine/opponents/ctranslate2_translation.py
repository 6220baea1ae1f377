"""Decoding in CTranslate2, float32, with a model of random weights."""

import math
import os
import tempfile

import ctranslate2
import numpy as np
from ctranslate2.specs import common_spec, transformer_spec

random = np.random.default_rng(0)


def fill_linear(spec, inputs, outputs):
    spec.weight = (random.standard_normal((outputs, inputs)) * math.sqrt(2 / (inputs + outputs))).astype(np.float32)
    spec.bias = np.zeros(outputs, np.float32)


def fill_norm(spec, width):
    spec.gamma, spec.beta = np.ones(width, np.float32), np.zeros(width, np.float32)


def fill_attention(spec, w, sizes):
    fill_norm(spec.layer_norm, w)
    for linear, size in zip(spec.linear, sizes):
        fill_linear(linear, w, size)


def save(row, folder):
    w, f, v = row["width"], row["feedForward"], row["outputs"]
    spec = transformer_spec.TransformerSpec.from_config(
        (row["layers"], row["layers"]), row["heads"], pre_norm=True, activation=common_spec.Activation.RELU
    )
    table = (random.standard_normal((v, w)) * w**-0.5).astype(np.float32)
    angles = np.arange(256)[:, None] * np.exp(np.arange(0, w, 2) * (-math.log(10000.0) / w))
    places = np.concatenate([np.sin(angles), np.cos(angles)], 1).astype(np.float32)
    for side in (spec.encoder, spec.decoder):
        embeddings = side.embeddings[0] if isinstance(side.embeddings, list) else side.embeddings
        embeddings.weight = table
        side.position_encodings.encodings = places
        side.scale_embeddings = True
        fill_norm(side.layer_norm, w)
        for layer in side.layer:
            fill_attention(layer.self_attention, w, (3 * w, w))
            if side is spec.decoder:
                fill_attention(layer.attention, w, (w, 2 * w, w))
            fill_norm(layer.ffn.layer_norm, w)
            fill_linear(layer.ffn.linear_0, w, f)
            fill_linear(layer.ffn.linear_1, f, w)
    spec.decoder.projection.weight = table
    spec.decoder.projection.bias = np.zeros(v, np.float32)
    words = ["<unk>", "<s>", "</s>"] + [f"t{i}" for i in range(3, v)]
    spec.register_source_vocabulary(words)
    spec.register_target_vocabulary(words)
    spec.validate()
    spec.optimize()
    spec.save(folder)


def work_of(row):
    with tempfile.TemporaryDirectory() as parent:
        folder = os.path.join(parent, "model")
        os.mkdir(folder)
        save(row, folder)
        translator = ctranslate2.Translator(
            folder, device="cpu", intra_threads=row["threads"], inter_threads=1, compute_type="float32"
        )
    v, l = row["outputs"], row["length"]
    sources = [[f"t{3 + (37 * (i + 11 * b)) % (v - 3)}" for i in range(l)] for b in range(row["batch"])]
    options = {"beam_size": row["beam"], "min_decoding_length": l, "max_decoding_length": l, "max_batch_size": 0}

    def run():
        for result in translator.translate_batch(sources, **options):
            assert len(result.hypotheses[0]) == l

    return f"ctranslate2 {ctranslate2.__version__}, float32", run
