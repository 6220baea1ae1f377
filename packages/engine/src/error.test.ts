import test from 'ava';
import { AnyformerError, nearest } from './error.js';

test('a message is composed of who, what was given, what is accepted and what to do', (t) => {
  const cause = new Error('below');
  const error = new AnyformerError({
    code: 'a/b',
    who: 'reader',
    given: 'line 3',
    accepted: 'two columns',
    fix: 'Add a tab.',
    exit: 2,
    cause,
  });
  t.is(error.message, 'reader: line 3; accepted: two columns. Add a tab.');
  t.deepEqual([error.name, error.code, error.exit, error.cause], ['AnyformerError', 'a/b', 2, cause]);
  t.true(error instanceof Error);
});

test('parts may be missing, and the exit code is 1 unless said', (t) => {
  const error = new AnyformerError({ code: 'a/b', who: 'reader', given: 'what is this?' });
  t.is(error.message, 'reader: what is this?');
  t.is(error.exit, 1);
  t.false('cause' in error);
});

test('the nearest name is found, and none where all are far', (t) => {
  t.is(nearest('trasnlation', ['classification', 'translation', 'relation']), 'translation');
  t.is(nearest('WASM', ['cpu', 'wasm']), 'wasm');
  t.is(nearest('zebra', ['translation', 'cpu']), undefined);
  t.is(nearest('', []), undefined);
});
