import { AnyformerError, hostTensor, rotary as turn } from '@anyformer/engine';
import type { Coordinates, PositionScheme } from './scheme.js';
import { frequencies, type Waves, waves } from './waves.js';

/** What {@link rotary} takes. */
export interface RotaryOptions {
  /** 10000 unless said. */
  readonly base?: number;
  /** Factor on the coordinates: below 1, positions between those of training (Chen et al. 2023). */
  readonly scale?: number;
  /** Turns only so many leading columns of each head, an even number; all unless said. */
  readonly width?: number;
  /** Turns columns 2i and 2i + 1 (Su et al. 2021) in place of i and i + d / 2, as most models after it do. */
  readonly interleaved?: boolean;
}

/** Turns queries and keys by angles that grow with their coordinates. With k coordinates each turns an equal share of the columns. */
export const rotary = (options: RotaryOptions = {}): PositionScheme => ({
  name: 'rotary',
  build: ({ headWidth }) => {
    const { base = 10_000, scale = 1, width = headWidth, interleaved = false } = options;
    if (width % 2 !== 0 || width > headWidth || width <= 0)
      throw new AnyformerError({
        code: 'positions/rotary-width',
        who: 'Rotary positions',
        given: `${width} columns to turn of heads with ${headWidth}`,
        accepted: 'an even number of columns, at most the head width',
        fix: 'Change heads, the model width or the rotary width.',
        exit: 2,
      });
    const byAxes = new Map<number, (places: Coordinates) => Waves>();
    return {
      rotation(places) {
        const { rows, length, axes, values } = places;
        const count = Math.floor(width / 2 / axes);
        const waving = byAxes.get(axes) ?? waves(frequencies(count, base));
        byAxes.set(axes, waving);
        const at = (ahead: number): Waves => waving({ ...places, values: values.map((x) => scale * (x + ahead)) });
        const shape = [rows, length, axes * count];
        const [c, s] = [hostTensor(shape, (ahead) => at(ahead).cosine), hostTensor(shape, (ahead) => at(ahead).sine)];
        return (x, heads) => turn(x, c, s, heads, { interleaved }); // [b, l, h * d]
      },
    };
  },
});
