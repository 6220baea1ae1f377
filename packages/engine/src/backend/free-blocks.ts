import type { Block } from './kernel-library.js';
import type { Address } from './kernels.js';
import { classNumber } from './size-class.js';

/** Bytes from which on blocks are joined and cut. */
const large = 4096;

/** A block that knows its neighbours, where they are large too. */
class Piece implements Block {
  free = false;
  before: Piece | undefined;
  after: Piece | undefined;
  /** Where it stands in the list of its class while it is free. */
  index = 0;

  address: Address;
  bytes: number;

  constructor(address: Address, bytes: number) {
    this.address = address;
    this.bytes = bytes;
  }
}

/**
 * Memory that nobody uses. Large blocks join with the free blocks on either side as soon as they come back and are cut where they are larger
 * than asked for (best fit with boundary tags: Knuth, The Art of Computer Programming 2.5), so that what is held follows the most that is
 * used at once, and not the variety of sizes. Small ones stay as they are.
 */
export class FreeBlocks {
  /** Bytes in them. */
  bytes = 0;
  /** Of large blocks and what was left over of them, by the number of the largest class that fits. Last in, first out. */
  private readonly lists: Piece[][] = [];
  private readonly small = new Map<number, Block[]>();
  /** The piece of memory that was taken last. */
  private newest: Piece | undefined;

  /** A free block for a size class: of exactly that size where it is small, else the first part of the smallest that is large enough. */
  get(size: number): Block | undefined {
    const block = size < large ? this.small.get(size)?.pop() : this.smallest(size);
    if (block) this.bytes -= size;
    return block;
  }

  /** Makes a block of memory that is fresh from the system. */
  adopt({ address, bytes }: Block): Block {
    const piece = new Piece(address, bytes);
    const { newest } = this;
    if (newest && newest.address + newest.bytes === address && bytes >= large) {
      newest.after = piece;
      piece.before = newest;
    }
    if (bytes >= large) this.newest = piece;
    return piece;
  }

  /** Takes a block back that is from here. */
  put(block: Block): void {
    this.bytes += block.bytes;
    if (block.bytes < large) {
      const list = this.small.get(block.bytes);
      if (list) list.push(block);
      else this.small.set(block.bytes, [block]);
      return;
    }
    let piece = block as Piece;
    const { before, after } = piece;
    if (before?.free) {
      this.unlist(before);
      piece = this.join(before, piece);
    }
    if (after?.free) {
      this.unlist(after);
      piece = this.join(piece, after);
    }
    this.list(piece);
  }

  private smallest(size: number): Block | undefined {
    for (let number = classNumber(size); number < this.lists.length; number++) {
      const piece = this.lists[number]?.at(-1);
      if (!piece) continue;
      this.unlist(piece);
      if (piece.bytes > size) this.list(this.cut(piece, size));
      return piece;
    }
    return undefined;
  }

  /** Leaves a piece of that size; returns the rest. */
  private cut(piece: Piece, size: number): Piece {
    const rest = new Piece(piece.address + size, piece.bytes - size);
    piece.bytes = size;
    rest.before = piece;
    rest.after = piece.after;
    if (rest.after) rest.after.before = rest;
    piece.after = rest;
    if (this.newest === piece) this.newest = rest;
    return rest;
  }

  private join(first: Piece, second: Piece): Piece {
    first.bytes += second.bytes;
    first.after = second.after;
    if (first.after) first.after.before = first;
    if (this.newest === second) this.newest = first;
    return first;
  }

  private list(piece: Piece): void {
    const number = classNumber(piece.bytes);
    while (this.lists.length <= number) this.lists.push([]);
    const list = this.lists[number]!;
    piece.index = list.length;
    piece.free = true;
    list.push(piece);
  }

  private unlist(piece: Piece): void {
    const list = this.lists[classNumber(piece.bytes)]!;
    const last = list.pop()!;
    if (last !== piece) {
      list[piece.index] = last;
      last.index = piece.index;
    }
    piece.free = false;
  }
}
