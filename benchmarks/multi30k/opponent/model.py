"""A Transformer for translation in PyTorch: pre-norm, ReLU, sinusoids, one table for both sides and the output, dropout on residual branches."""

import math

import torch
import torch.nn.functional as F
from torch import nn

PAD, START, END = 0, 1, 2


def xavier(inputs, outputs, parts=1):
    """A linear layer of several matrices side by side, each initialised for itself."""
    layer = nn.Linear(inputs, parts * outputs)
    for part in layer.weight.data.split(outputs):
        nn.init.xavier_uniform_(part)
    nn.init.zeros_(layer.bias)
    return layer


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.remembered, self.output = xavier(width, width), xavier(width, width, 2), xavier(width, width)

    def remember(self, x):
        """[b, s, w] -> keys and values [b, h, s, d]"""
        b, s, _ = x.shape
        return self.remembered(x).view(b, s, 2, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)

    def forward(self, x, keys, values, mask=None, causal=False):
        b, l, _ = x.shape
        queries = self.query(x).view(b, l, self.heads, -1).transpose(1, 2)
        mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, is_causal=causal)
        return self.output(mixed.transpose(1, 2).reshape(b, l, -1))


class Block(nn.Module):
    def __init__(self, width, heads, feed_forward, dropout, cross):
        super().__init__()
        self.own, self.own_norm = Attention(width, heads), nn.LayerNorm(width)
        self.cross, self.cross_norm = (Attention(width, heads), nn.LayerNorm(width)) if cross else (None, None)
        self.up, self.down, self.feed_norm = xavier(width, feed_forward), xavier(feed_forward, width), nn.LayerNorm(width)
        self.drop = nn.Dropout(dropout)

    def rest(self, x, memory):
        if memory is not None:
            x = x + self.drop(self.cross(self.cross_norm(x), *memory))
        return x + self.drop(self.down(F.relu(self.up(self.feed_norm(x)))))

    def forward(self, x, mask=None, causal=False, memory=None):
        y = self.own_norm(x)
        return self.rest(x + self.drop(self.own(y, *self.own.remember(y), mask, causal)), memory)

    def step(self, x, cache, memory):
        """One position more: `cache` holds keys and values so far, or nothing."""
        y = self.own_norm(x)
        made = self.own.remember(y)
        cache = made if cache is None else tuple(torch.cat(pair, 2) for pair in zip(cache, made))
        return self.rest(x + self.own(y, *cache), memory), cache


class Translation(nn.Module):
    def __init__(self, vocabulary, width=256, heads=4, feed_forward=512, layers=3, dropout=0.1):
        super().__init__()
        self.scale = math.sqrt(width)
        self.table = nn.Parameter(torch.randn(vocabulary, width) * width**-0.5)
        angles = torch.arange(1024)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
        self.register_buffer("places", torch.stack([angles.sin(), angles.cos()], -1).reshape(1024, width), persistent=False)
        self.encoder = nn.ModuleList(Block(width, heads, feed_forward, dropout, False) for _ in range(layers))
        self.decoder = nn.ModuleList(Block(width, heads, feed_forward, dropout, True) for _ in range(layers))
        self.encoder_norm, self.decoder_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.drop = nn.Dropout(dropout)

    def embed(self, ids, at=0):
        return self.drop(F.embedding(ids, self.table) * self.scale + self.places[at : at + ids.shape[1]])

    def remember(self, source):
        """What each block of the decoder sees of the source: keys, values and a mask."""
        mask = (source != PAD)[:, None, None, :]
        x = self.embed(source)
        for block in self.encoder:
            x = block(x, mask)
        x = self.encoder_norm(x)
        return [(*block.cross.remember(x), mask) for block in self.decoder]

    def loss(self, source, target, smoothing):
        """Sum over real positions, and their number. `target` [b, t] begins with the start."""
        previous, following = target[:, :-1], target[:, 1:]
        x = self.embed(previous)
        for block, memory in zip(self.decoder, self.remember(source)):
            x = block(x, causal=True, memory=memory)
        real = following != PAD
        logits = F.linear(self.decoder_norm(x[real]), self.table)
        return F.cross_entropy(logits, following[real], label_smoothing=smoothing, reduction="sum"), int(real.sum())

    def step(self, ids, at, caches, memories):
        """[n] -> log-probabilities [n, v], and longer caches."""
        x = self.embed(ids[:, None], at)
        longer = []
        for block, cache, memory in zip(self.decoder, caches, memories):
            x, cache = block.step(x, cache, memory)
            longer.append(cache)
        return F.log_softmax(F.linear(self.decoder_norm(x[:, 0]), self.table), -1), longer
