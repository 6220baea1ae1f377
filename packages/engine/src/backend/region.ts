import type { Block } from './kernel-library.js';

/**
 * The blocks of one program that runs again and again, kept apart from the pool's: after {@link rewind} the n-th request gets the same
 * block as before.
 */
export class Region {
  /** Whether blocks that come back belong to the pool again. */
  closed = false;
  /** In the order of first requests. */
  private readonly taken: Block[] = [];
  private readonly free = new Map<number, Block[]>();
  private readonly used = new Set<Block>();
  private readonly lasting = new Set<Block>();
  private next = 0;
  private readonly take: (size: number) => Block;
  private readonly giveBack: (block: Block) => void;

  constructor(take: (size: number) => Block, giveBack: (block: Block) => void) {
    this.take = take;
    this.giveBack = giveBack;
  }

  /** Blocks in use. */
  get live(): number {
    return this.used.size;
  }

  /** Bytes that it keeps from the pool. */
  get bytes(): number {
    return this.closed ? 0 : this.taken.reduce((sum, { whole }) => sum + whole!.bytes, 0);
  }

  /** Where the blocks in use lie, in the order in which they were asked for. */
  get places(): string {
    return Array.from(this.used, ({ address, bytes }) => `${address}+${bytes}`).join(' ');
  }

  /** Whether a block is one of those in use. */
  holds(block: Block): boolean {
    return this.used.has(block);
  }

  /** A block of a size class. */
  get(size: number): Block {
    const block = this.free.get(size)?.pop() ?? this.fresh(size);
    this.used.add(block);
    return block;
  }

  /** Takes a block back. */
  put(block: Block): void {
    this.used.delete(block);
    if (this.lasting.has(block)) return;
    const list = this.free.get(block.bytes);
    if (list) list.push(block);
    else this.free.set(block.bytes, [block]);
  }

  /** The block is used for nothing else until the next {@link rewind}, even when it has come back. */
  reserve(block: Block): void {
    this.lasting.add(block);
  }

  /** Back to the first request. Only where nothing is in use. */
  rewind(): void {
    this.free.clear();
    this.lasting.clear();
    this.next = 0;
  }

  /** Gives everything to the pool, what is in use as soon as it comes back. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const block of this.taken) if (!this.used.has(block)) this.giveBack(block.whole!);
  }

  private fresh(size: number): Block {
    const known = this.taken[this.next];
    if (known?.bytes === size) {
      this.next++;
      return known;
    }
    // Another order than last time: what would have come next is of no use.
    for (const block of this.taken.splice(this.next)) this.giveBack(block.whole!);
    // The pool's block may be larger; here it counts as what was asked for.
    const from = this.take(size);
    const block: Block = { address: from.address, bytes: size, region: this, whole: from };
    this.taken.push(block);
    this.next++;
    return block;
  }
}
