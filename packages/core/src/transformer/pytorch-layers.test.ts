import { readFileSync } from 'node:fs';
import { useEngine } from '@anyformer/engine';
import { testWithShared } from '@anyformer/oracles';
import test from 'ava';
import { type LayerCase, runLayerCase } from './pytorch-layers.test-support.js';

test.before(async () => {
  await useEngine();
});

/**
 * Norm of all parameter gradients of the sum of output * sin(index + 1), output as [b, l, w], and their sum weighted by sin(index + 1) in
 * PyTorch's layouts: PyTorch 2.13, float64. In the order of the cases.
 */
const gradients: readonly (readonly [norm: number, probe: number])[] = [
  [2.40178639, 1.6943763],
  [1.55432344, -0.32799988],
  [1.51961356, -0.31490408],
  [1.74362301, 0.20407762],
  [1.74360435, 0.20410479],
  [2.39479106, 1.68193818],
  [1.73544592, 0.23110906],
  [2.45074629, 1.591074],
  [1.447461, -0.27725418],
  [1.49181823, -0.22993873],
  [1.53903378, 1.07092564],
  [1.53920031, 1.07037736],
  [1.53801182, 1.06838767],
  [2.44024976, 1.54773963],
  [1.45417832, -0.29000679],
  [1.50483489, -0.29883093],
  [1.54257111, 1.09203719],
  [1.74362301, 0.20407762],
  [1.74360435, 0.20410479],
  [1.73189226, 0.12303345],
  [1.73179437, 0.12254959],
  [0.89095205, -0.00291466],
  [0.89100502, -0.00308179],
];

const title = 'encoder and decoder layers give the outputs and gradients of PyTorch within 1e-5';
testWithShared(test, title, ['data/oracles/pytorch-transformer-layers.json'], async (t, file = '') => {
  const cases = JSON.parse(readFileSync(file, 'utf8')).cases as LayerCase[];
  t.is(cases.length, 23);
  for (const [i, given] of cases.entries()) {
    const result = await runLayerCase(given);
    const expected = given.expected[0]!.flatMap((_, row) => given.expected.flatMap((batch) => batch[row]!));
    const worst = Math.max(...expected.map((value, j) => Math.abs(value - result.output[j]!)));
    t.true(worst < 1e-5, `case ${i} (${given.kind}): outputs differ by ${worst}`);

    // the probe is a sum of some 400 gradients, each within 1e-5
    const [norm, probe] = gradients[i]!;
    const all = [...result.gradients].filter(([name]) => name !== 'norm.weight').map(([, values]) => values);
    const ownNorm = Math.sqrt(all.reduce((sum, values) => sum + values.reduce((s, x) => s + x * x, 0), 0));
    const ownProbe = all.reduce((sum, values) => sum + values.reduce((s, x, j) => s + x * Math.sin(j + 1), 0), 0);
    t.true(Math.abs(ownNorm - norm) < 1e-5 && Math.abs(ownProbe - probe) < 5e-5, `case ${i}: gradients ${ownNorm} ${ownProbe}`);
  }
});
