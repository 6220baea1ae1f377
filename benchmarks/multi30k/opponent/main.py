"""The other side of time to quality: the recipe of configs/text/multi30k-de-en.yaml in PyTorch.

`main.py train RECIPE` says an event a line and saves averaged weights; `main.py translate RECIPE WEIGHTS` writes the test set as lists of ids.
RECIPE is a JSON file: ids, threads, seed, steps, every, folder."""

import json
import os
import random
import sys

import torch

from model import END, PAD, START, Translation
from search import translate

PEAK, WARMUP, TOTAL = 1e-3, 250, 2467
POSITIONS, SMOOTHING, CLIP, DECAY = 600, 0.1, 1.0, 0.99


def padded(rows):
    longest = max(map(len, rows))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])


def batches_of(pairs, draw):
    """Sorted by target, then source, and cut by padded positions (mean of both sides); batches in random order."""
    order = list(range(len(pairs)))
    draw.shuffle(order)
    order.sort(key=lambda i: (len(pairs[i][1]), len(pairs[i][0])))
    batches, batch, source, target = [], [], 0, 0
    for i in order:
        s, t = max(source, len(pairs[i][0]) + 1), max(target, len(pairs[i][1]) + 1)
        if batch and (s + t) / 2 * (len(batch) + 1) > POSITIONS:
            batches.append(batch)
            batch, s, t = [], len(pairs[i][0]) + 1, len(pairs[i][1]) + 1
        batch.append(i)
        source, target = s, t
    batches.append(batch)
    draw.shuffle(batches)
    return batches


def endless(pairs, draw):
    while True:
        yield from batches_of(pairs, draw)


def say(**event):
    print(json.dumps(event), flush=True)


def train(recipe, ids):
    draw = random.Random(recipe["seed"])
    pairs = ids["train"]
    model = Translation(ids["size"])
    parameters = list(model.parameters())
    averages = [parameter.detach().clone() for parameter in parameters]
    optimizer = torch.optim.Adam(parameters, PEAK, (0.9, 0.98), 1e-9, fused=True)
    stream = endless(pairs, draw)
    model.train()
    say(type="start", steps=recipe["steps"], parameters=sum(parameter.numel() for parameter in parameters))
    real = cells = 0
    for step in range(1, recipe["steps"] + 1):
        rate = PEAK * (step / WARMUP if step < WARMUP else max(0.0, (TOTAL - step) / (TOTAL - WARMUP)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        batch = next(stream)
        source = padded([pairs[i][0] + [END] for i in batch])
        target = padded([[START] + pairs[i][1] + [END] for i in batch])
        real += sum(len(pairs[i][0]) + len(pairs[i][1]) + 2 for i in batch)
        cells += source.numel() + target.numel() - len(batch)
        optimizer.zero_grad(set_to_none=True)
        loss, count = model.loss(source, target, SMOOTHING)
        (loss / count).backward()
        torch.nn.utils.clip_grad_norm_(parameters, CLIP, foreach=True)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(averages, parameters, 1 - min(DECAY, (1 + step) / (10 + step)))
        say(type="step", step=step, loss=loss.item() / count, padding=1 - real / cells)
        if step % recipe["every"] == 0 or step == recipe["steps"]:
            path = os.path.join(recipe["folder"], f"step-{step}.pt")
            torch.save(averages, path)
            say(type="checkpoint", step=step, path=path)


def write(recipe, ids, weights):
    model = Translation(ids["size"]).eval()
    with torch.no_grad():
        for parameter, average in zip(model.parameters(), torch.load(weights)):
            parameter.copy_(average)
    sources = [source for source, _ in ids["test"]]
    order = sorted(range(len(sources)), key=lambda i: len(sources[i]))
    written = [[] for _ in sources]
    for at in range(0, len(order), 50):
        some = order[at : at + 50]
        for i, made in zip(some, translate(model, padded([sources[i] + [END] for i in some]), 5)):
            written[i] = made
    print(json.dumps(written))


with open(sys.argv[2]) as file:
    recipe = json.load(file)
with open(recipe["ids"]) as file:
    ids = json.load(file)
torch.set_num_threads(recipe["threads"])
torch.manual_seed(recipe["seed"])
if sys.argv[1] == "train":
    train(recipe, ids)
else:
    write(recipe, ids, sys.argv[3])
