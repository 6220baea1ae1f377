import type { Block } from './kernel-library.js';
import type { Address } from './kernels.js';
import { classWithin } from './size-class.js';

/** Bytes from which on blocks are joined and cut. */
const large = 4096;

/** A free block's place in the list of its class. */
interface Place {
  readonly block: Block;
  readonly list: Place[];
  index: number;
}

/**
 * Memory that nobody uses, found by size or by neighbour. Large blocks join with the free blocks on either side as soon as they come back
 * and are cut where they are larger than asked for (best fit, Knuth, The Art of Computer Programming 2.5), so that what is held follows the
 * most that is used at once, and not the variety of sizes. Small ones stay as they are, a list for each size.
 */
export class FreeBlocks {
  /** Bytes in them. */
  bytes = 0;
  private readonly small = new Map<number, Block[]>();
  /** Large blocks, and what was left over of them, by the largest class that fits. Last in, first out. */
  private readonly lists = new Map<number, Place[]>();
  /** All that have a list, ascending. */
  private readonly classes: number[] = [];
  private readonly starts = new Map<Address, Place>();
  private readonly ends = new Map<Address, Place>();

  /** A free block for a size class: of exactly that size where it is small, else the first part of the smallest that is large enough. */
  get(size: number): Block | undefined {
    const block = size < large ? this.small.get(size)?.pop() : this.smallest(size);
    if (!block) return undefined;
    this.bytes -= size;
    const { address, bytes } = block;
    if (bytes === size) return block;
    this.link({ address: address + size, bytes: bytes - size });
    return { address, bytes: size };
  }

  /** Takes a block back. */
  put(block: Block): void {
    this.bytes += block.bytes;
    if (block.bytes < large) {
      const list = this.small.get(block.bytes);
      if (list) list.push(block);
      else this.small.set(block.bytes, [block]);
      return;
    }
    let { address, bytes } = block;
    const before = this.ends.get(address);
    if (before) {
      this.unlink(before);
      address = before.block.address;
      bytes += before.block.bytes;
    }
    const after = this.starts.get(address + bytes);
    if (after) {
      this.unlink(after);
      bytes += after.block.bytes;
    }
    this.link({ address, bytes });
  }

  /** The smallest block of so many bytes, free no more. */
  private smallest(size: number): Block | undefined {
    for (let i = this.firstOf(size); i < this.classes.length; i++) {
      const place = this.lists.get(this.classes[i]!)!.at(-1);
      if (!place) continue;
      this.unlink(place);
      return place.block;
    }
    return undefined;
  }

  private link(block: Block): void {
    const list = this.listOf(classWithin(block.bytes));
    const place = { block, list, index: list.length };
    list.push(place);
    this.starts.set(block.address, place);
    this.ends.set(block.address + block.bytes, place);
  }

  private unlink({ block, list, index }: Place): void {
    const last = list.pop()!;
    if (last.index !== index) {
      last.index = index;
      list[index] = last;
    }
    this.starts.delete(block.address);
    this.ends.delete(block.address + block.bytes);
  }

  private listOf(size: number): Place[] {
    let list = this.lists.get(size);
    if (!list) {
      list = [];
      this.lists.set(size, list);
      this.classes.splice(this.firstOf(size), 0, size);
    }
    return list;
  }

  /** Index of the first class of at least so many bytes. */
  private firstOf(size: number): number {
    let low = 0;
    let high = this.classes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.classes[middle]! < size) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
