import { adamW, sgd } from '../ops/optimizers.js';
import * as tf from '../tf.js';
import { type Node, number, type Operator, read } from './node.test-support.js';

/** Parameters of which each has a gradient and states: [p1, p2, …, g1, g2, …, s1, s2, …]. */
function grouped(node: Node, kinds: number): tf.Tensor[][] {
  const tensors = node.inputs.slice(2) as tf.Tensor[];
  const n = tensors.length / kinds;
  return Array.from({ length: n }, (_, i) => Array.from({ length: kinds }, (_, kind) => tensors[kind * n + i]!));
}

/** The rate and the number of the step, from 0. */
const rateAndStep = (node: Node): [number, number] => node.inputs.slice(0, 2).map((t) => read(t!)[0]!) as [number, number];

/** A gradient with that of the weight decay. */
const regular = (node: Node, x: tf.Tensor, gradient: tf.Tensor): tf.Tensor =>
  tf.add(gradient, tf.mul(x, number(node, 'norm_coefficient', 0)));

/** In the order of the outputs: every parameter, then every first state, … */
const inOrder = (results: tf.Tensor[][]): tf.Tensor[] => results[0]!.flatMap((_, kind) => results.map((own) => own[kind]!));

const adam: Operator = (node) => {
  const [rate, step] = rateAndStep(node);
  const [beta1, beta2] = [number(node, 'alpha', 0.9), number(node, 'beta', 0.999)];
  return inOrder(
    grouped(node, 4).map(([x, gradient, v, h]) => {
      const [parameter, first, second] = [tf.variable(x!), tf.variable(v!), tf.variable(h!)];
      // ONNX adds epsilon to sqrt(h) before the correction, ours after it as PyTorch; step 0 corrects nothing, as an endless one.
      const epsilon = number(node, 'epsilon', 1e-6) / (step > 0 ? Math.sqrt(1 - beta2 ** step) : 1);
      const endless = step > 0 ? step : Number.POSITIVE_INFINITY;
      adamW({ parameter, gradient: regular(node, x!, gradient!), first, second, rate, beta1, beta2, epsilon, decay: 0, step: endless });
      return [parameter, first, second];
    }),
  );
};

const adagrad: Operator = (node) => {
  const [rate, step] = rateAndStep(node);
  const decayed = rate / (1 + step * number(node, 'decay_factor', 0));
  return inOrder(
    grouped(node, 3).map(([x, gradient, h]) => {
      const whole = regular(node, x!, gradient!);
      const squares = tf.add(h!, tf.square(whole));
      const denominator = tf.add(tf.sqrt(squares), number(node, 'epsilon', 1e-6));
      return [tf.sub(x!, tf.mul(tf.div(whole, denominator), decayed)), squares];
    }),
  );
};

const momentum: Operator = (node) => {
  const [rate, step] = rateAndStep(node);
  const undamped = step > 0 ? number(node, 'beta', 1) : 1;
  return inOrder(
    grouped(node, 3).map(([x, gradient, v]) => {
      const [parameter, velocity] = [tf.variable(x!), tf.variable(v!)];
      const nesterov = node.attributes.mode === 'nesterov';
      const whole = regular(node, x!, gradient!);
      sgd({ parameter, gradient: tf.mul(whole, undamped), velocity, rate, momentum: number(node, 'alpha', 0), nesterov });
      // Only the velocity takes a damped gradient. The op knows no damping, so that a step with Nesterov's look ahead lacks the rest.
      if (nesterov && undamped !== 1) sgd({ parameter, gradient: whole, rate: rate * (1 - undamped) });
      return [parameter, velocity];
    }),
  );
};

/** Optimizers. */
export const optimizers: Record<string, Operator> = { Adagrad: adagrad, Adam: adam, Momentum: momentum };
