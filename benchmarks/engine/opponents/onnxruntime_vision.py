"""A Vision Transformer in ONNX Runtime. The file is exported from PyTorch by another process, whose memory does not count."""

import json
import os
import subprocess
import sys
import tempfile


def export(row, path):
    import torch
    from torch_models import Vision

    model = Vision({**row, "opponent": "torch-eager"}).eval()
    squares = torch.randn(row["batch"], row["length"] - 1, 768)
    torch.onnx.export(model, (squares,), path, input_names=["squares"], output_names=["logits"], dynamo=False, opset_version=17)


def work_of(row):
    import numpy as np
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "vision.onnx")
        made = subprocess.run([sys.executable, os.path.abspath(__file__), json.dumps(row), path], capture_output=True, text=True)
        if made.returncode != 0:
            raise RuntimeError((made.stderr.strip().splitlines() or ["the export failed"])[-1])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = row["threads"]
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    squares = np.random.default_rng(0).standard_normal((row["batch"], row["length"] - 1, 768), dtype=np.float32)
    return f"onnxruntime {onnxruntime.__version__}", lambda: session.run(None, {"squares": squares})


if __name__ == "__main__":
    export(json.loads(sys.argv[1]), sys.argv[2])
