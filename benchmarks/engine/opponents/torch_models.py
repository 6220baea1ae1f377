"""Transformers in PyTorch as they are usually written: pre-norm, packed query, key and value products, contiguous weights."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def attend(q, k, v, causal, fused):
    """[b, h, l, d] x [b, h, s, d] -> [b, l, h * d]; by the fused kernel or by two products and a softmax."""
    if fused:
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    else:
        scores = torch.matmul(q, k.transpose(-1, -2)) * q.shape[-1] ** -0.5
        if causal:
            hidden = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool).triu(1)
            scores = scores.masked_fill(hidden, float("-inf"))
        mixed = torch.matmul(torch.softmax(scores, -1), v)
    return mixed.transpose(1, 2).reshape(q.shape[0], q.shape[2], -1)


class Attention(nn.Module):
    def __init__(self, row, own):
        super().__init__()
        w = row["width"]
        self.heads, self.fused = row["heads"], row["opponent"] != "torch-eager"
        self.packed = nn.Linear(w, 3 * w) if own else None
        self.query, self.remembered = (None, None) if own else (nn.Linear(w, w), nn.Linear(w, 2 * w))
        self.output = nn.Linear(w, w)

    def split(self, x, parts):
        b, l, _ = x.shape
        return x.view(b, l, parts, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)

    def forward(self, x, causal=False):
        return self.output(attend(*self.split(self.packed(x), 3), causal, self.fused))

    def remember(self, memory):
        return self.split(self.remembered(memory), 2)

    def cross(self, x, k, v):
        (q,) = self.split(self.query(x), 1)
        return self.output(attend(q, k, v, False, self.fused))

    def step(self, x, cache, at):
        """One position on a cache of room enough."""
        q, k, v = self.split(self.packed(x), 3)
        cache[0][:, :, at : at + 1] = k
        cache[1][:, :, at : at + 1] = v
        return self.output(attend(q, cache[0][:, :, : at + 1], cache[1][:, :, : at + 1], False, self.fused))


class Block(nn.Module):
    def __init__(self, row, cross=False, activation=F.relu):
        super().__init__()
        w = row["width"]
        self.norm1, self.own = nn.LayerNorm(w), Attention(row, True)
        self.norm2, self.other = (nn.LayerNorm(w), Attention(row, False)) if cross else (None, None)
        self.norm3 = nn.LayerNorm(w)
        self.up, self.down = nn.Linear(w, row["feedForward"]), nn.Linear(row["feedForward"], w)
        self.activation = activation

    def feed(self, x):
        return x + self.down(self.activation(self.up(self.norm3(x))))

    def forward(self, x, causal=False, memory=None):
        x = x + self.own(self.norm1(x), causal)
        if memory is not None:
            x = x + self.other.cross(self.norm2(x), *self.other.remember(memory))
        return self.feed(x)

    def step(self, x, cache, at, remembered):
        x = x + self.own.step(self.norm1(x), cache, at)
        return self.feed(x + self.other.cross(self.norm2(x), *remembered))


def sinusoids(length, width):
    angles = torch.arange(length)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    return torch.stack([angles.sin(), angles.cos()], -1).reshape(length, width)


class Translation(nn.Module):
    """Encoder and decoder, one table for reading both sides and writing."""

    def __init__(self, row):
        super().__init__()
        w = row["width"]
        self.table = nn.Parameter(torch.randn(row["outputs"], w) * w**-0.5)
        self.register_buffer("places", sinusoids(256, w))
        self.encoder = nn.ModuleList(Block(row) for _ in range(row["layers"]))
        self.decoder = nn.ModuleList(Block(row, cross=True) for _ in range(row["layers"]))
        self.encoder_norm, self.decoder_norm = nn.LayerNorm(w), nn.LayerNorm(w)
        self.scale = math.sqrt(w)

    def embed(self, ids, at=0):
        return F.embedding(ids, self.table) * self.scale + self.places[at : at + ids.shape[1]]

    def encode(self, source):
        x = self.embed(source)
        for block in self.encoder:
            x = block(x)
        return self.encoder_norm(x)

    def forward(self, source, previous, following):
        memory, x = self.encode(source), self.embed(previous)
        for block in self.decoder:
            x = block(x, causal=True, memory=memory)
        logits = F.linear(self.decoder_norm(x), self.table)
        return F.cross_entropy(logits.flatten(0, 1), following.flatten(), label_smoothing=0.1)

    def step(self, ids, at, caches, remembered):
        """[n, 1] -> logits [n, v]"""
        x = self.embed(ids, at)
        for block, cache, seen in zip(self.decoder, caches, remembered):
            x = block.step(x, cache, at, seen)
        return F.linear(self.decoder_norm(x), self.table)[:, 0]


class Language(nn.Module):
    """A causal decoder alone."""

    def __init__(self, row):
        super().__init__()
        w = row["width"]
        self.table = nn.Parameter(torch.randn(row["outputs"], w) * w**-0.5)
        self.places = nn.Parameter(torch.randn(row["length"], w) * 0.02)
        self.blocks = nn.ModuleList(Block(row, activation=F.gelu) for _ in range(row["layers"]))
        self.norm = nn.LayerNorm(w)

    def forward(self, previous, following):
        x = F.embedding(previous, self.table) + self.places
        for block in self.blocks:
            x = block(x, causal=True)
        logits = F.linear(self.norm(x), self.table)
        return F.cross_entropy(logits.flatten(0, 1), following.flatten())


class Vision(nn.Module):
    """Squares of 16 x 16 x 3 numbers behind a class position."""

    def __init__(self, row):
        super().__init__()
        w = row["width"]
        self.patch, self.head = nn.Linear(768, w), nn.Linear(w, row["outputs"])
        self.first = nn.Parameter(torch.randn(1, 1, w) * 0.02)
        self.places = nn.Parameter(torch.randn(1, row["length"], w) * 0.02)
        self.blocks = nn.ModuleList(Block(row, activation=F.gelu) for _ in range(row["layers"]))
        self.norm = nn.LayerNorm(w)

    def forward(self, squares):
        x = torch.cat([self.first.expand(squares.shape[0], -1, -1), self.patch(squares)], 1) + self.places
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])
