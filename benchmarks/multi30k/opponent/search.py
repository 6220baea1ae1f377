"""Beam search: the best of log p / length, an example stops when nothing open can win."""

import torch

from model import END, PAD, START


@torch.no_grad()
def translate(model, source, beam):
    """source [b, s] -> one list of ids for each row, without the end."""
    b, s = source.shape
    memories = [tuple(x.repeat_interleave(beam, 0) for x in memory) for memory in model.remember(source)]
    caches = [None] * len(memories)
    ids = torch.full((b * beam,), START)
    written = torch.empty(b * beam, 0, dtype=torch.long)
    sums = torch.full((b, beam), float("-inf"))
    sums[:, 0] = 0
    best = [(float("-inf"), [])] * b
    longest = [3 * int((row != PAD).sum()) + 16 for row in source]
    for at in range(max(longest)):
        steps, caches = model.step(ids, at, caches, memories)
        steps[:, [PAD, START]] = float("-inf")
        size = steps.shape[1]
        totals, places = (sums.view(-1, 1) + steps).view(b, -1).topk(2 * beam, -1)
        parents, ids = torch.arange(b)[:, None] * beam + places // size, places % size
        ended = ids == END
        for row, rank in ended[:, :beam].nonzero().tolist():
            score = totals[row, rank].item() / (at + 1)
            if score > best[row][0]:
                best[row] = (score, written[parents[row, rank]].tolist())
        # The best that go on: those that ended come last.
        sums, order = totals.masked_fill(ended, float("-inf")).topk(beam, -1)
        rows, ids = parents.gather(1, order).view(-1), ids.gather(1, order).view(-1)
        written = torch.cat([written[rows], ids[:, None]], 1)
        for row in range(b):
            if at + 1 >= longest[row]:
                if sums[row, 0].item() / (at + 1) > best[row][0]:
                    best[row] = (sums[row, 0].item() / (at + 1), written[row * beam].tolist())
                sums[row] = float("-inf")
            elif sums[row, 0].item() / longest[row] <= best[row][0]:
                sums[row] = float("-inf")
        if not sums.isfinite().any():
            break
        caches = [tuple(x[rows] for x in cache) for cache in caches]
    return [ids for _, ids in best]
