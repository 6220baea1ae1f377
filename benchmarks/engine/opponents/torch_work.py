"""What PyTorch does in each row."""

import torch
import torch.nn.functional as F

from torch_models import Language, Translation, Vision, attend


def training(loss_of, model, inputs):
    """A step with clipping and fused AdamW, as the other side's."""
    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW(parameters, 1e-3, (0.9, 0.98), 1e-9, weight_decay=0.01, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(*inputs)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0, foreach=True)
        optimizer.step()
        return loss.item()

    return step


def decoding(row, model, source):
    """Greedy or by beam, `length` ids each, on caches with room for all."""
    b, beam, length, layers, heads = row["batch"], row["beam"], row["length"], row["layers"], row["heads"]
    n, d = b * beam, row["width"] // row["heads"]

    def run():
        memory = model.encode(source)
        remembered = [block.other.remember(memory) for block in model.decoder]
        if beam > 1:
            remembered = [[x.repeat_interleave(beam, 0) for x in pair] for pair in remembered]
        caches = [[torch.empty(n, heads, length, d) for _ in range(2)] for _ in range(layers)]
        ids = torch.ones(n, 1, dtype=torch.long)
        written = torch.empty(n, 0, dtype=torch.long)
        sums = torch.full((b, beam), float("-inf"))
        sums[:, 0] = 0
        for at in range(length):
            logits = model.step(ids, at, caches, remembered)
            if beam == 1:
                ids = logits.argmax(-1, keepdim=True)
            else:
                totals = (sums.view(n, 1) + F.log_softmax(logits, -1)).view(b, -1)
                sums, places = totals.topk(beam, -1)
                rows = (torch.arange(b)[:, None] * beam + places // row["outputs"]).view(-1)
                ids = (places % row["outputs"]).view(n, 1)
                written = written[rows]
                for cache in caches:
                    for i in range(2):
                        cache[i] = cache[i][rows]
            written = torch.cat([written, ids], 1)
        return written.tolist()

    return run


def attention(row):
    def make():
        return torch.rand(row["batch"], row["length"], row["width"]).sub_(0.5).requires_grad_()

    inputs = [make() for _ in range(3)]
    b, l, w, h = row["batch"], row["length"], row["width"], row["heads"]

    def loss_of(q, k, v):
        return attend(*(x.view(b, l, h, w // h).transpose(1, 2) for x in (q, k, v)), True, row["opponent"] != "torch-eager").sum()

    chosen = torch.compile(loss_of) if row["opponent"] == "torch-compile" else loss_of

    def run():
        for x in inputs:
            x.grad = None
        loss = chosen(*inputs)
        loss.backward()
        return loss.item()

    return run


def product(row):
    """Products of different matrices, one after the other, each to a place of its own."""
    m, k, n, turned = row["length"], row["width"], row["outputs"], row.get("turned")

    def make(rows, columns, transposed):
        return torch.rand(columns, rows).sub_(0.5).t() if transposed else torch.rand(rows, columns).sub_(0.5)

    factors = [(make(m, k, turned == "left"), make(k, n, turned == "right"), torch.empty(m, n)) for _ in range(row["batch"])]

    def run():
        for left, right, out in factors:
            torch.mm(left, right, out=out)
        return factors[-1][2][0, 0].item()

    return run


def work_of(row):
    torch.set_num_threads(row["threads"])
    torch.manual_seed(0)
    detail = f"torch {torch.__version__}, {torch.get_num_threads()} threads"
    kind, b, l = row["kind"], row["batch"], row["length"]
    compiled = torch.compile if row["opponent"] == "torch-compile" else lambda model: model

    def ids():
        return torch.randint(3, row["outputs"], (b, l))

    if kind == "attention":
        return detail, attention(row)
    if kind == "translation-training":
        model = Translation(row)
        return detail, training(compiled(model), model, (ids(), ids(), ids()))
    if kind == "language-training":
        model = Language(row)
        return detail, training(compiled(model), model, (ids(), ids()))
    if kind == "vision-training":
        model = Vision(row)
        forward = compiled(model)

        def loss_of(squares, labels):
            return F.cross_entropy(forward(squares), labels, label_smoothing=0.1)

        return detail, training(loss_of, model, (torch.randn(b, l - 1, 768), torch.randint(0, row["outputs"], (b,))))
    torch.set_grad_enabled(False)
    if kind == "product":
        return detail, product(row)
    if kind == "translation-decoding":
        return detail, decoding(row, Translation(row).eval(), ids())
    model, squares = compiled(Vision(row).eval()), torch.randn(b, l - 1, 768)
    return detail, lambda: torch.softmax(model(squares), -1).tolist()
