// What TensorFlow has no kernel for, or tfjs-node no way to, runs as the plain JavaScript kernel: slow, never missing and never wrong.
import * as tf from '../../tf.js';

interface HostBackend extends tf.KernelBackend {
  firstUse: boolean;
  data: { get(id: object): { values: tf.backend_util.TypedArray } };
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: unknown): tf.TensorInfo;
}

type Call = Parameters<tf.KernelFunc>[0];

/** Kernels of tfjs-node that know paddings of each side; the others, gradients and pooling, refuse any that are given as numbers. */
const knowsPaddings = new Set(['Conv2D', 'DepthwiseConv2dNative']);

/** oneDNN's convolution of nothing has the shape of what went in (TensorFlow 2.21). */
const isOfNothing = (kernelName: string, inputs: tf.NamedTensorInfoMap): boolean =>
  kernelName.includes('Conv2') && Object.values(inputs).some((x) => x && tf.util.sizeFromShape(x.shape) === 0);

function isRefused(kernelName: string, { attrs, inputs }: Call): boolean {
  if (isOfNothing(kernelName, inputs)) return true;
  const pad = attrs?.pad;
  return pad !== undefined && typeof pad !== 'string' && !(Array.isArray(pad) && knowsPaddings.has(kernelName));
}

/** How TensorFlow says that it has no kernel for a case: status 12 (unimplemented), and on a GPU 3 for broadcasts over more than five axes. */
const unimplemented = /^Invalid TF_Status: (12\b|3\b.*rank greater than)/s;

/** Completes the kernels of the backend `tensorflow` with the plain ones. To be called once, when it is registered. */
export function registerHostKernels(): void {
  for (const plain of tf.getKernelsForBackend('cpu')) {
    const { kernelName } = plain;
    const stock = tf.getKernel(kernelName, 'tensorflow');
    if (stock) tf.unregisterKernel(kernelName, 'tensorflow');
    tf.registerKernel({
      ...(stock ?? plain),
      backendName: 'tensorflow',
      kernelFunc: (call) => {
        if (!stock || isRefused(kernelName, call)) return onHost(plain, call);
        try {
          return stock.kernelFunc(call);
        } catch (error) {
          if (unimplemented.test((error as Error).message)) return onHost(plain, call);
          throw error;
        }
      },
    });
  }
}

function onHost({ kernelName, kernelFunc }: tf.KernelConfig, { inputs, attrs, backend }: Call): tf.TensorInfo | tf.TensorInfo[] {
  const device = backend as tf.KernelBackend;
  const host = tf.findBackend('cpu') as HostBackend;
  host.firstUse = false;
  const copies: tf.TensorInfo[] = [];
  const copied = (x: tf.TensorInfo): tf.TensorInfo => {
    if (x.dtype === 'complex64') throw new Error(`${kernelName} of complex numbers is not there on engine tensorflow`);
    copies.push(host.makeTensorInfo(x.shape, x.dtype, device.readSync(x.dataId)));
    return copies.at(-1)!;
  };
  const given = Object.fromEntries(
    Object.entries(inputs).map(([name, x]) => [name, Array.isArray(x) ? x.map(copied) : x && copied(x as tf.TensorInfo)]),
  );
  const made = kernelFunc({ inputs: given as tf.NamedTensorInfoMap, attrs: attrs!, backend: host });
  const moved = (info: tf.TensorInfo): tf.TensorInfo => {
    const { values } = host.data.get(info.dataId);
    return { dataId: device.write(values.slice(), info.shape, info.dtype), shape: info.shape, dtype: info.dtype };
  };
  const all = [made].flat();
  const results = all.map(moved);
  for (const { dataId } of new Set([...copies, ...all])) host.disposeData(dataId, true);
  return Array.isArray(made) ? results : results[0]!;
}
