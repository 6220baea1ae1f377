import { tf } from '@anyformer/engine';
import { callLabel, callOperations } from './kernel-call.js';

/** One kind of call. */
export interface ProfiledCall {
  readonly name: string;
  /** Per repetition. */
  readonly calls: number;
  /** Milliseconds per repetition. */
  readonly ms: number;
  /** Of the whole time. */
  readonly share: number;
  /** Where the sizes say how much a call computes. */
  readonly gflops: number | null;
}

/** Where the time of some repetitions went. */
export interface Profile {
  /** Milliseconds of a repetition, mean. */
  readonly ms: number;
  /** Kernels of the engine, and stock kernels in JavaScript (`js:`) that it has no other for; the longest first. */
  readonly calls: readonly ProfiledCall[];
  /** Share of the time that passed outside of kernels of the engine. */
  readonly outside: number;
}

interface Sum {
  calls: number;
  ms: number;
  operations: number;
}

type Functions = Record<string, (...given: number[]) => unknown>;

/**
 * Runs repetitions twice: as they are, with a timer around what the engine runs in one go, for the whole time and what passes outside of
 * kernels; and with a timer around every kernel, each run at once. Those cost about a microsecond a call.
 */
export const profiled = async (repetitions: () => Promise<readonly number[]>): Promise<Profile> => {
  const whole = await outsideOfKernels(repetitions);
  const sums = new Map<string, Sum>();
  let inside = 0;
  const add = (name: string, ms: number, operations: number): void => {
    const sum = sums.get(name) ?? { calls: 0, ms: 0, operations: 0 };
    sums.set(name, { calls: sum.calls + 1, ms: sum.ms + ms, operations: sum.operations + operations });
  };
  // Put down as it comes and told apart afterwards, so that looking takes as little of the time looked at as it can.
  const noted: { readonly name: string; readonly given: readonly number[]; readonly ms: number }[] = [];
  const restore = [
    timeEngine((name, given, ms) => {
      inside += ms;
      noted.push({ name, given, ms });
    }),
    timeStock(
      () => inside,
      (name, ms) => add(`js:${name}`, ms, 0),
    ),
  ];
  let times: readonly number[];
  try {
    times = await repetitions();
  } finally {
    for (const undo of restore) undo();
  }
  for (const { name, given, ms } of noted) add(callLabel(name, given), ms, callOperations(name, given));
  const total = times.reduce((a, b) => a + b, 0);
  const calls = [...sums].map(([name, { calls, ms, operations }]) => ({
    name,
    calls: calls / times.length,
    ms: ms / times.length,
    share: ms / total,
    gflops: operations > 0 ? operations / ms / 1e6 : null,
  }));
  return { ...whole, calls: calls.sort((a, b) => b.ms - a.ms) };
};

const each = (functions: Functions, f: (name: string, run: Functions[string]) => Functions[string]): Functions =>
  Object.fromEntries(Object.entries(functions).map(([name, run]) => [name, typeof run === 'function' ? f(name, run) : run]));

/** Milliseconds of a repetition, and the share of them that passes outside of kernels. */
const outsideOfKernels = async (repetitions: () => Promise<readonly number[]>): Promise<{ ms: number; outside: number }> => {
  const backend = backendInUse();
  const { library } = backend;
  let inside = 0;
  let deep = false;
  const timed =
    <Given extends unknown[], Result>(f: (...given: Given) => Result) =>
    (...given: Given): Result => {
      if (deep) return f(...given);
      const started = performance.now();
      deep = true;
      try {
        return f(...given);
      } finally {
        deep = false;
        inside += performance.now() - started;
      }
    };
  const before = library && { call: backend.call, now: library.call, catchUp: library.catchUp, runs };
  if (library && before) {
    library.catchUp = timed(before.catchUp.bind(library));
    runs = timed(before.runs);
    // A step that is being recorded calls those that run at once.
    library.call = each(before.now, (_name, run) => timed(run));
    backend.call = each(before.call, (name, run) => (run === before.now[name] ? timed(run) : run));
  }
  let times: readonly number[];
  try {
    times = await repetitions();
  } finally {
    if (library && before) {
      backend.call = before.call;
      library.call = before.now;
      library.catchUp = before.catchUp;
      runs = before.runs;
    }
  }
  const total = times.reduce((a, b) => a + b, 0);
  return { ms: total / times.length, outside: 1 - inside / total };
};

interface Command {
  readonly name: string;
  readonly given: readonly number[];
}

interface Runnable {
  set(command: number, argument: number, value: number): void;
  run(): boolean;
}

interface Library {
  call: Functions;
  catchUp(): void;
  runnable(commands: readonly Command[]): Runnable;
}

/** The engine in use; without a library where it is none of ours. */
const backendInUse = (): { call: Functions; library?: Library } => tf.backend() as unknown as { call: Functions; library?: Library };

/** How lists of kernels are run that are made once and run often. */
let runs = (_list: readonly Command[], made: Runnable): boolean => made.run();

/** To be called before the work is made that is to be profiled: what it makes once, to run often, is looked into too. */
export const watchRunnables = (): void => {
  const { library } = backendInUse();
  if (library === undefined) return;
  const { runnable } = library;
  library.runnable = (commands) => {
    const made = runnable.call(library, commands);
    const list = commands.map(({ name, given }) => ({ name, given: [...given] }));
    return {
      set(command, argument, value) {
        list[command]!.given[argument] = value;
        made.set(command, argument, value);
      },
      run: () => runs(list, made),
    };
  };
};

/**
 * Puts timers around the functions of the kernel library; none where the engine has no such library. Lists of them are run one by one.
 */
const timeEngine = (note: (name: string, given: readonly number[], ms: number) => void): (() => void) => {
  const backend = backendInUse();
  const { library } = backend;
  if (library === undefined) return () => {};
  const { call } = library;
  const before = { call: backend.call, runs };
  library.catchUp();
  const timed: Functions = {};
  for (const [name, run] of Object.entries(call))
    timed[name] =
      typeof run !== 'function'
        ? run
        : (...given) => {
            const started = performance.now();
            const result = run(...given);
            note(name, given, performance.now() - started);
            return result;
          };
  backend.call = library.call = timed;
  runs = (list) => {
    for (const { name, given } of list) timed[name]!(...given);
    return true;
  };
  return () => {
    backend.call = before.call;
    library.call = call;
    runs = before.runs;
  };
};

/** Puts timers around the kernels that tfjs calls, less what passes in the library's functions. */
const timeStock = (inside: () => number, note: (name: string, ms: number) => void): (() => void) => {
  const kernels = tf.getKernelsForBackend(tf.getBackend());
  const put = (kernel: (typeof kernels)[number]): void => {
    tf.unregisterKernel(kernel.kernelName, kernel.backendName);
    tf.registerKernel(kernel);
  };
  for (const kernel of kernels)
    put({
      ...kernel,
      kernelFunc(params) {
        const [started, before] = [performance.now(), inside()];
        const result = kernel.kernelFunc(params);
        note(kernel.kernelName, performance.now() - started - (inside() - before));
        return result;
      },
    });
  return () => kernels.forEach(put);
};
