import test, { type TestFn } from 'ava';
import { sharedData, testWithShared } from './test-with-shared.js';

/** Notes what is registered in place of running it. */
const notes = (): { ran: unknown[]; skipped: string[]; register: TestFn } => {
  const ran: unknown[] = [];
  const skipped: string[] = [];
  const register = Object.assign((_: string, body: (context: string) => void) => body('context'), {
    skip: (title: string) => void skipped.push(title),
  });
  return { ran, skipped, register: register as unknown as TestFn };
};

test('a test that needs what is absent is skipped, and says what it needs', (t) => {
  const { skipped, register } = notes();
  testWithShared(register, 'oracle', ['data/no-such-file.json'], () => t.fail());
  t.deepEqual(skipped, ['oracle (needs ../shared/data/no-such-file.json)']);
  t.is(sharedData('data', 'no-such-file.json'), undefined);
});

test('what is there is handed over by its path', (t) => {
  const { ran, skipped, register } = notes();
  // Above `shared` lies the folder of the repository, wherever that is.
  testWithShared(register, 'oracle', ['..', '../.'], (...given) => void ran.push(...given));
  t.deepEqual([ran.length, ran[0], ran[1] === ran[2], skipped], [3, 'context', true, []]);
});
