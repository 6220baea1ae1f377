import { type DataSource, generated, type Random } from '@anyformer/core';
import type { Picture } from '../codec.js';

/** A picture and what it shows: an index into {@link shapeNames}. */
export interface LabelledPicture {
  readonly picture: Picture;
  readonly label: number;
}

/** What the pictures show. */
export const shapeNames = ['disc', 'square', 'triangle', 'cross', 'ring'] as const;

/** Whether (x, y), in units of the half size around the centre, lies inside the shape. */
const inside: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => x * x + y * y < 1,
  (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.88,
  (x, y) => y < 0.85 && y > 2 * Math.abs(x) - 1,
  (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.3 && Math.max(Math.abs(x), Math.abs(y)) < 1,
  (x, y) => x * x + y * y < 1 && x * x + y * y > 0.3,
];

const draw = (random: Random, side: number): LabelledPicture => {
  const label = random.integer(shapeNames.length);
  const half = side * (0.24 + 0.16 * random.uniform());
  const centreX = half + (side - 2 * half) * random.uniform();
  const centreY = half + (side - 2 * half) * random.uniform();
  const colour = () => [0, 1, 2].map(() => random.integer(256));
  const back = colour();
  let front = colour();
  // A shape must be visible: draw again until the colours are apart.
  while (front.reduce((sum, value, i) => sum + Math.abs(value - back[i]!), 0) < 200) front = colour();
  const data = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const within = inside[label]!((x + 0.5 - centreX) / half, (y + 0.5 - centreY) / half);
      for (let c = 0; c < 3; c++) {
        const value = (within ? front : back)[c]! + 24 * (random.uniform() - 0.5);
        data[(y * side + x) * 3 + c] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
  return { picture: { width: side, height: side, channels: 3, data }, label };
};

/** Generated pictures of one coloured shape on a coloured ground, anywhere, of any size, with noise. Endless in training; seeded. */
export const shapes = ({ side, seed, epoch }: { side: number; seed: number; epoch: number }): DataSource<LabelledPicture> =>
  generated({ name: 'shapes', seed, epoch, draw: (random) => draw(random, side) });
