// Builds the native part of @tensorflow/tfjs-node(-gpu) against the TensorFlow that an installed Python wheel carries: one call of the C++ compiler.
//
// What those packages download instead is TensorFlow 2.9 for CUDA 11, from a host that many networks do not reach. A wheel has the same C
// interface, its headers, and whatever CUDA it was made for.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';

const usage = `Builds the native part of @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu against an installed Python TensorFlow.

  node build-tensorflow.mjs [options]

  --python PYTHON     the Python that has TensorFlow 2 installed                   (python3)
  --package FOLDER    the package, or the folder that it was installed in          (ANYFORMER_TENSORFLOW, else this folder)
  --output FILE       where to write                                               (where the package looks for it)
  --headers FOLDER    the folder of node_api.h                                     (that of this Node, else of the package node-api-headers)
  --compiler PROGRAM  a C++17 compiler                                             (CXX, else g++)

Linux only. A new version of Node needs no new build; another TensorFlow, or one that was moved, does.
`;

const names = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** Ends with what is wrong and what to do about it. */
function stop(problem, remedy, status = 1) {
  console.error(`build-tensorflow: ${problem}\n  ${remedy}`);
  process.exit(status);
}

function readOptions() {
  const one = { type: 'string' };
  try {
    const options = { python: one, package: one, output: one, headers: one, compiler: one, help: { type: 'boolean', short: 'h' } };
    return parseArgs({ options, allowPositionals: false }).values;
  } catch (error) {
    return stop(error.message, 'See --help.', 2);
  }
}

const packageIn = (folder) => {
  const file = path.join(folder, 'package.json');
  const description = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return names.includes(description.name) ? { folder, ...description } : undefined;
};

function findPackage(given) {
  const folder = path.resolve(given ?? (process.env.ANYFORMER_TENSORFLOW || '.'));
  const itself = packageIn(folder);
  if (itself) return itself;
  for (const name of names) {
    for (let at = folder; ; at = path.dirname(at)) {
      const found = packageIn(path.join(at, 'node_modules', name));
      if (found) return { ...found, folder: realpathSync(found.folder) };
      if (at === path.dirname(at)) break;
    }
  }
  const remedy = `npm install --prefix ${folder} --ignore-scripts @tensorflow/tfjs-node@4.22.0   (or tfjs-node-gpu)`;
  return stop(`neither ${names.join(' nor ')} is installed in ${folder}.`, remedy);
}

/** Where Python keeps TensorFlow; found without importing it, which takes seconds. */
function findTensorflow(python) {
  const program = `
import importlib.util, os, sys
found = importlib.util.find_spec('tensorflow')
sys.stdout.write(os.path.realpath(os.path.dirname(found.origin)) if found and found.origin else '')`;
  const { error, status, stdout, stderr } = spawnSync(python, ['-c', program], { encoding: 'utf8' });
  if (error) return stop(`${python} does not start (${error.code}).`, 'Give the Python that has TensorFlow with --python.');
  const remedy = `${python} -m pip install tensorflow-cpu   (for a GPU: 'tensorflow[and-cuda]')`;
  if (status !== 0) return stop(`${python} failed: ${stderr.trim().split('\n').at(-1)}`, remedy);
  if (!stdout) return stop(`${python} has no TensorFlow.`, remedy);
  const library = (stem) => readdirSync(stdout).find((name) => name.startsWith(`${stem}.so.`));
  const libraries = ['libtensorflow_cc', 'libtensorflow_framework'].map(library);
  if (libraries.includes(undefined)) return stop(`${stdout} holds no libtensorflow_cc.so.2.`, 'Install TensorFlow 2.10 or newer.');
  return { folder: stdout, libraries };
}

function findHeaders(given, folder) {
  const near = createRequire(path.join(folder, 'package.json'));
  const bundled = () => {
    try {
      return path.join(path.dirname(near.resolve('node-api-headers/package.json')), 'include');
    } catch {
      return undefined;
    }
  };
  const beside = path.join(path.dirname(path.dirname(realpathSync(process.execPath))), 'include', 'node');
  const places = given ? [path.resolve(given)] : [beside, bundled(), '/usr/include/node'];
  const found = places.find((place) => place && existsSync(path.join(place, 'node_api.h')));
  const remedy = 'npm install node-api-headers, beside the package; or give their folder with --headers.';
  return found ?? stop(`node_api.h is not in ${places.filter(Boolean).join(' nor ')}.`, remedy);
}

/** The interface that the package will look for: the newest that both it and this Node know. */
function nodeInterface({ binary, name }) {
  const known = (binary?.napi_versions ?? []).filter((version) => version <= Number(process.versions.napi));
  return known.length > 0 ? Math.max(...known) : stop(`${name} names no Node-API version that this Node has.`, 'Use version 4.22.0.');
}

/** Loads the result as the package would, in another process: a crash is then a message here. */
function check(file) {
  const program = 'const built = require(process.argv[1]); console.log(built.TF_Version)';
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', program, file], { encoding: 'utf8', env });
  if (status === 0) return stdout.trim();
  const said = stderr.split('\n').find((line) => line.startsWith('Error')) ?? stderr.trim().split('\n').at(-1);
  rmSync(file);
  return stop(`what was built does not load: ${signal ?? said}.`, 'Try another version of TensorFlow; 2.21.0 was tried.');
}

const options = readOptions();
if (options.help) {
  process.stdout.write(usage);
  process.exit(0);
}
if (process.platform !== 'linux') stop(`this works on Linux; this is ${process.platform}.`, 'Use the engine wasm or native.', 3);
const target = findPackage(options.package);
const tensorflow = findTensorflow(options.python ?? 'python3');
const headers = findHeaders(options.headers, target.folder);
const version = nodeInterface(target);
const output = path.resolve(options.output ?? path.join(target.folder, 'lib', `napi-v${version}`, 'tfjs_binding.node'));
const unfinished = `${output}.${process.pid}.node`;
mkdirSync(path.dirname(output), { recursive: true });

// Newer wheels keep the headers of what TensorFlow is made of (absl, tsl, protobuf) in folders of their own.
const include = path.join(tensorflow.folder, 'include');
const external = path.join(include, 'external');
const others = existsSync(external) ? readdirSync(external).map((name) => path.join(external, name)) : [];
const folders = [headers, include, ...others.filter((folder) => statSync(folder).isDirectory())];
const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => path.join(target.folder, 'binding', name));
const compiler = options.compiler ?? (process.env.CXX || 'g++');
console.error(`Building ${target.name} ${target.version} against ${tensorflow.folder} … (a minute)`);
const built = spawnSync(
  compiler,
  [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${version}`],
    ...[...folders.map((folder) => `-I${folder}`), `-I${path.join(target.folder, 'binding')}`, ...sources, '-o', unfinished],
    ...[`-L${tensorflow.folder}`, ...tensorflow.libraries.map((name) => `-l:${name}`)],
    // Every symbol is looked up when it loads, so that one that is missing shows in the check below and not in the middle of a run.
    ...[`-Wl,-rpath,${tensorflow.folder}`, '-Wl,-z,now'],
  ],
  { encoding: 'utf8' },
);
if (built.error)
  stop(`${compiler} does not start (${built.error.code}).`, 'Install one (Debian, Ubuntu: apt install g++), or give it with --compiler.');
if (built.status !== 0) {
  process.stderr.write(built.stderr);
  stop(`${compiler} failed; what it said stands above.`, 'Versions that were tried: g++ 12, TensorFlow 2.21.0, tfjs-node 4.22.0.');
}
const found = check(unfinished);
renameSync(unfinished, output);
console.log(`${output}: TensorFlow ${found}`);
