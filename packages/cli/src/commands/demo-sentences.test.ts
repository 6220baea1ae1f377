import test from 'ava';
import { colorsOf } from '../terminal/colors.js';
import { marked, type Sample, watched } from './demo-sentences.js';

const sample = (source: string, pronoun?: string): Sample => ({
  raw: { source, about: pronoun === undefined ? {} : { pronoun } },
  hypothesis: '',
  expected: '',
});

test('a few sentences are watched: one with a pronoun, then the longest that fit a line', (t) => {
  const samples = [sample('short'), sample('x'.repeat(200)), sample('It is', 'es'), sample('a bit longer'), sample('the longest of them')];
  t.deepEqual(watched(samples, 3), [2, 3, 4]);
  t.deepEqual(watched(samples.slice(0, 2), 3), [0]);
  t.deepEqual(watched([], 3), []);
});

test('words that belong there are marked, each once', (t) => {
  const colors = colorsOf({ isTTY: true, env: {} });
  const { green, dim } = colors;
  t.is(marked({ hypothesis: 'das Tier', expected: 'das Tier' }, colors), `${green('das Tier')} ${green('✓')}`);
  t.is(marked({ hypothesis: 'das das Haus', expected: 'das Tier' }, colors), `${green('das')} ${dim('das')} ${dim('Haus')}`);
  t.is(marked({ hypothesis: undefined, expected: 'das' }, colorsOf({ env: {} })), '');
  t.is(marked({ hypothesis: 'so '.repeat(80), expected: '' }, colorsOf({ env: {} })).length, 100);
});
