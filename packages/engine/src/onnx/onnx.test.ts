import { testWithShared } from '@anyformer/oracles';
import test, { type ExecutionContext } from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { tensorCount } from '../memory.js';
import * as tf from '../tf.js';
import { attentions } from './attention.test-support.js';
import { elementwise } from './elementwise.test-support.js';
import { exclusions } from './exclusions.test-support.js';
import { movement } from './movement.test-support.js';
import type { Operator } from './node.test-support.js';
import { norms } from './norms.test-support.js';
import { products } from './products.test-support.js';
import { reductions } from './reductions.test-support.js';
import { training } from './training.test-support.js';
import { inputsOf, numbersOf, readVectors, type Stored, typeHere, type Vector } from './vectors.test-support.js';

const operators: Record<string, Operator> = {
  ...elementwise,
  ...movement,
  ...reductions,
  ...products,
  ...norms,
  ...attentions,
  ...training,
};

/** How far a float may be off, of the larger of 1 and itself: 16 bits keep three digits. */
const toleranceOf = ({ inputs, outputs }: Vector): number =>
  [...inputs, ...outputs].some(({ dtype }) => dtype === 'float16') ? 2e-3 : 2e-5;

const near = (x: number, right: number, tolerance: number): boolean =>
  Object.is(x, right) || x === right || Math.abs(x - right) <= tolerance * Math.max(1, Math.abs(right));

/** What is wrong with an output; undefined where nothing is. */
function complaint(given: tf.Tensor | undefined, stored: Stored, tolerance: number): string | undefined {
  if (!given) return 'is missing';
  if (`${given.shape}` !== `${stored.shape}`) return `[${given.shape}] for [${stored.shape}]`;
  if (given.dtype !== typeHere(stored.dtype)) return `${given.dtype} for ${stored.dtype}`;
  const [found, right] = [given.dataSync(), numbersOf(stored)];
  const wrong = right.findIndex((x, i) => !near(found[i]!, x, tolerance));
  return wrong < 0 ? undefined : `${found[wrong]} where ${right[wrong]} is right, at ${wrong}`;
}

function run(t: ExecutionContext, vector: Vector): void {
  const operator = operators[vector.op];
  if (!operator) {
    t.fail(`${vector.test}: nothing here runs ${vector.op}, and no exclusion says why`);
    return;
  }
  tf.tidy(() => {
    const node = { inputs: inputsOf(vector), attributes: vector.attributes, opset: vector.opset[''] ?? 0, outputs: vector.output_names };
    const made = operator(node);
    const named = vector.output_names.flatMap((name, i) => (name === '' ? [] : [i]));
    for (const [i, at] of named.entries()) {
      const wrong = complaint(made[at], vector.outputs[i]!, toleranceOf(vector));
      t.is(wrong, undefined, `${vector.test}, ${vector.output_names[at]}: ${wrong}`);
    }
    tf.dispose(node.inputs.filter((x) => x !== undefined));
    for (const t of made) if (t instanceof tf.Variable) t.dispose();
  });
}

const file = ['data/oracles/onnx-node-vectors.json.gz'];

for (const { name: engine, start } of everyEngine)
  testWithShared(test.serial, `${engine}: the operator vectors of ONNX`, file, async (t, found = '') => {
    await start();
    const before = tensorCount();
    const vectors = readVectors(found);
    const included = vectors.filter((vector) => !exclusions.some(({ holds }) => holds(vector)));
    t.true(included.length > 0.85 * vectors.length, `${included.length} of ${vectors.length}`);
    for (const vector of included) {
      try {
        run(t, vector);
      } catch (error) {
        t.fail(`${vector.test}: ${(error as Error).message}`);
      }
    }
    t.is(tensorCount(), before, 'nothing is left behind');
  });
