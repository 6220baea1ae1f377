import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { AnyformerError } from '@anyformer/core';
import test from 'ava';
import { failureOf, tellFailure, UsageError } from './failure.js';
import { colorsOf } from './terminal/colors.js';

const plain = colorsOf({ env: {} });

const caught = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

test('our errors keep their message, code and exit code', (t) => {
  const error = new AnyformerError({ code: 'x/y', who: 'W', given: 'g', accepted: 'a', fix: 'Do.', exit: 3 });
  t.deepEqual(failureOf(error), { message: 'W: g; accepted: a. Do.', code: 'x/y', exit: 3 });
  t.is(failureOf(new UsageError('usage/z', 'u')).exit, 2);
});

test('what the system refuses is said in words, with the file', (t) => {
  t.deepEqual(failureOf(caught(() => readFileSync('/nowhere/at/all'))), {
    message: '/nowhere/at/all: no such file or folder; check the path.',
    code: 'system/enoent',
    exit: 2,
  });
  t.is(failureOf(caught(() => writeFileSync(tmpdir(), ''))).code, 'system/eisdir');
  const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
  t.like(failureOf(full), { exit: 1 });
  t.regex(failureOf(full).message, /disk is full.*--resume/);
});

test('anything else is unforeseen: exit 1, one line, and how to see more', (t) => {
  t.like(failureOf(new TypeError('x is not a function\n    at y')), { code: 'unforeseen', exit: 1 });
  t.is(tellFailure(new TypeError('x is not a function'), plain, false).split('\n').length, 1);
  t.like(failureOf('thrown text'), { code: 'unforeseen' });
});

test('with debugging, stacks follow, of the causes too', (t) => {
  const error = new AnyformerError({ code: 'x/y', who: 'W', cause: new RangeError('deeper') });
  const told = tellFailure(error, plain, true);
  t.regex(told, /\n {4}at .*\nRangeError: deeper\n {4}at /s);
  t.notRegex(tellFailure(error, plain, false), /deeper|at /);
});
