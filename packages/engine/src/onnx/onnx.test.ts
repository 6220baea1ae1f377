import { testWithShared } from '@anyformer/oracles';
import test, { type ExecutionContext } from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { tensorCount } from '../memory.js';
import * as tf from '../tf.js';
import { complaintsAbout } from './comparison.test-support.js';
import { exclusions } from './exclusions.test-support.js';
import { operators } from './operators.test-support.js';
import { inputsOf, readVectors, type Vector } from './vectors.test-support.js';

function run(t: ExecutionContext, vector: Vector): void {
  const operator = operators[vector.op];
  if (!operator) {
    t.fail(`${vector.test}: nothing here runs ${vector.op}, and no exclusion says why`);
    return;
  }
  tf.tidy(() => {
    const node = { inputs: inputsOf(vector), attributes: vector.attributes, opset: vector.opset[''] ?? 0, outputs: vector.output_names };
    const made = operator(node);
    for (const wrong of complaintsAbout(vector, node, made)) t.fail(`${vector.test}, ${wrong}`);
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
    t.true(included.length > 0.95 * vectors.length, `${included.length} of ${vectors.length}`);
    for (const vector of included) {
      try {
        run(t, vector);
      } catch (error) {
        t.fail(`${vector.test}: ${(error as Error).message}`);
      }
    }
    t.is(tensorCount(), before, 'nothing is left behind');
  });
