import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { anyformer, bin, runProgram, smallConfig, testFolder } from '../process.test-support.js';

const { folder, written } = testFolder(test);
const config = written('small.yaml', smallConfig);
const long = ['--set', 'train.steps=1000000', '--set', 'checkpoint.every=1000000'];

const at = (name: string): string => path.join(folder, name);
const weights = (run: string): string => {
  const last = readFileSync(path.join(run, 'checkpoints/latest'), 'utf8').trim();
  return readFileSync(path.join(run, 'checkpoints', path.basename(last), 'model.safetensors')).toString('hex');
};
const events = (out: string): { type: string; step: number; reason?: string }[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('train shows results on stdout and everything else on stderr; a run is not overwritten', async (t) => {
  const { exit, out, err } = await anyformer(['train', config, '--run', at('a')]);
  t.is(exit, 0, err);
  t.regex(out, /a: finished at step 20 after [\s\S]*loss {2}[▁-█]+/);
  t.regex(err, /shape: .* parameters, to step 20 on \w+ with/);
  t.false(`${out}${err}`.includes('\x1b'));
  t.false(`${out}${err}`.includes('\r'));
  t.true(['config.json', 'environment.json', 'metrics.jsonl', 'summary.json'].every((file) => existsSync(path.join(at('a'), file))));
  const again = await anyformer(['train', config, '--run', at('a')]);
  t.is(again.exit, 2);
  t.regex(again.err, /--resume/);
  t.is(again.out, '');
});

test('without --run a run is named after its config, beside where one stands', async (t) => {
  const { exit } = await anyformer(['train', config, '--steps', '1'], { cwd: folder });
  t.is(exit, 0);
  t.true(existsSync(at('runs/small/summary.json')));
});

test('--json gives events, one a line, and nothing else; evaluate gives one document', async (t) => {
  const { exit, out } = await anyformer(['train', config, '--run', at('json'), '--steps', '3', '--json', '--seed', '7']);
  t.is(exit, 0);
  t.deepEqual(
    events(out)
      .filter(({ type }) => type !== 'checkpoint')
      .map(({ type }) => type),
    ['start', 'step', 'step', 'step', 'end'],
  );
  t.is(JSON.parse(readFileSync(path.join(at('json'), 'config.json'), 'utf8')).seed, 7);
  const evaluated = await anyformer(['evaluate', at('json'), '--json']);
  t.is(evaluated.exit, 0);
  t.is(typeof JSON.parse(evaluated.out).tasks.shape.accuracy, 'number');
  const text = await anyformer(['evaluate', at('json'), '--split', 'valid']);
  t.regex(text.out, /shape valid, \d+ examples\n {2}accuracy 0\.\d+/);
});

test('20 steps are 10, a stop, and 10 more', async (t) => {
  const options = ['--threads', '1', '--seed', '5'];
  await anyformer(['train', config, '--run', at('whole'), ...options]);
  await anyformer(['train', config, '--run', at('halves'), '--steps', '10', ...options]);
  const { exit, err } = await anyformer(['train', config, '--run', at('halves'), '--resume', '--threads', '1']);
  t.is(exit, 0);
  t.regex(err, /from step 10 to step 20/);
  t.is(weights(at('whole')), weights(at('halves')));
});

for (const [signal, exit, times] of [
  ['SIGINT', 130, 1],
  ['SIGINT', 130, 2],
  ['SIGTERM', 130, 1],
] as const)
  test(`${signal}${times > 1 ? `, ${times} at once as npm sends it` : ''}: what was learned is saved, exit ${exit}, and the run goes on from there`, async (t) => {
    const run = at(`${signal}-${times}`);
    let sent = false;
    const stopped = await anyformer(['train', config, '--run', run, '--json', ...long], {
      seen(out, child) {
        if (sent || !out.includes('"type":"step"')) return;
        sent = true;
        for (let i = 0; i < times; i++) child.kill(signal);
      },
    });
    t.is(stopped.exit, exit, stopped.err);
    const last = events(stopped.out).at(-1)!;
    t.is(last.reason, 'interrupted');
    t.true(readdirSync(path.join(run, 'checkpoints')).some((name) => Number(name.match(/\d+$/)?.[0]) === last.step));
    t.regex(stopped.err, /Stopping as soon as all is saved/);
    const more = await anyformer([
      'train',
      config,
      '--run',
      run,
      '--resume',
      '--steps',
      String(last.step + 2),
      '--json',
      ...long.slice(0, 2),
    ]);
    t.is(more.exit, 0, more.err);
    t.is(events(more.out).find(({ type }) => type === 'step')!.step, last.step + 1);
  });

test('when nobody reads stdout any more, the run is saved and ends quietly', async (t) => {
  const run = at('pipe');
  let closed = false;
  const { exit, err } = await anyformer(['train', config, '--run', run, '--json', ...long], {
    seen(_, child) {
      if (!closed) child.stdout!.destroy();
      closed = true;
    },
  });
  t.is(exit, 0, err);
  t.notRegex(err, /EPIPE|error|failed/i);
  t.is(JSON.parse(readFileSync(path.join(run, 'summary.json'), 'utf8')).reason, 'interrupted');
});

test('on a terminal there is a bar with ETA; in CI, or where the terminal is dumb, there is none', async (t) => {
  const inTerminal = (run: string, env: Record<string, string>) =>
    runProgram('script', ['-qec', `${process.execPath} ${bin} train ${config} --run ${at(run)} --set train.steps=60`, '/dev/null'], {
      env: { TERM: 'xterm', COLUMNS: '120', ...env },
    });
  try {
    const live = await inTerminal('tty', {});
    t.regex(live.out.replaceAll('\r\x1b[2K', '<clear>'), /<clear>step .*━.*\d+%.*60.*loss/);
    t.false((await inTerminal('ci', { CI: 'true' })).out.includes('━'));
    t.false((await inTerminal('dumb', { TERM: 'dumb' })).out.includes('\x1b'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    t.log('skipped: no script(1) to make a terminal');
    t.pass();
  }
});
