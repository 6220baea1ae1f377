import { AnyformerError } from '@anyformer/engine';
import { z } from 'zod';
import { averagePenalty, gnmtPenalty, type LengthPenalty } from './length-penalty.js';
import { forceEnd, forcePrefix, minLength, noRepeat, type Processor, repetitionPenalty, suppress } from './processors.js';
import type { Written } from './scorer.js';
import { minP, temperature, topK, topP, typicalP } from './warpers.js';

const share = z.number().gt(0).max(1);

/** How sequences are searched for: the `decode:` section of a config, and the options of commands. */
export const decodeConfig = z.strictObject({
  beam: z.int().min(1).max(1000).default(1).describe('hypotheses kept per example; 1 is greedy'),
  nBest: z.int().positive().default(1).describe('sequences to give back, best first'),
  lengthPenalty: z.number().default(0.6).describe('exponent; above 0 longer sequences gain'),
  lengthPenaltyKind: z.enum(['gnmt', 'average']).default('gnmt').describe('((5 + length) / 6)^exponent, or length^exponent'),
  stopping: z.enum(['proven', 'first']).default('proven').describe('stop when nothing open can win, or as soon as enough have ended'),
  maxLength: z.int().positive().default(256).describe('most ids, the end included'),
  maxRatio: z.number().positive().default(3).describe('longest length per position of the input, with 16 to spare'),
  minLength: z.int().min(0).default(0).describe('ids before the end'),
  forceEnd: z.boolean().default(false).describe('the last id that fits is the end, at no cost'),
  noRepeat: z.int().positive().optional().describe('no run of so many ids is written twice'),
  repetitionPenalty: z.number().positive().default(1),
  groups: z.int().positive().default(1).describe('groups of the beam that avoid each other’s ids'),
  diversity: z.number().min(0).default(0.5).describe('what an id chosen by an earlier group costs'),
  sample: z.boolean().default(false),
  temperature: z.number().positive().default(1),
  topK: z.int().positive().optional(),
  topP: share.optional(),
  minP: share.optional(),
  typicalP: share.optional(),
  seed: z.int().min(0).default(1).describe('of sampling'),
});

/** A parsed {@link decodeConfig}. */
export type DecodeConfig = z.infer<typeof decodeConfig>;
/** Options as somebody writes them: everything has a default. */
export type DecodeOptions = z.input<typeof decodeConfig>;

/** What the ids mean, and what is asked of each example. */
export interface DecodeRequest {
  /** Examples; the scorer has a row for each to begin with. */
  readonly examples: number;
  readonly startId: number;
  readonly endIds: readonly number[];
  /** Ids never written, such as padding. */
  readonly never?: readonly number[] | undefined;
  /** Sequences that must not be completed. */
  readonly suppressed?: readonly (readonly number[])[] | undefined;
  /** Beginnings, by example: at no cost, but counted in the length. */
  readonly prefixes?: readonly (readonly number[] | undefined)[] | undefined;
  /** Longest length by example; the config's unless said. */
  readonly maxLengths?: readonly number[] | undefined;
  /** Numbers that name the examples in the seeds of sampling; their places unless said. */
  readonly names?: readonly number[] | undefined;
  /** More to do to the log-probabilities, after all else. */
  readonly processors?: readonly Processor[] | undefined;
  /** Ends decoding between two positions, with its reason as the error. */
  readonly signal?: AbortSignal | undefined;
}

/** The length penalty of a config. */
export const penaltyOf = ({ lengthPenalty, lengthPenaltyKind }: DecodeConfig): LengthPenalty =>
  lengthPenaltyKind === 'gnmt' ? gnmtPenalty(lengthPenalty) : averagePenalty(lengthPenalty);

/** Most ids of an example. */
export const longestOf = (config: DecodeConfig, request: DecodeRequest, example: number): number =>
  Math.min(config.maxLength, request.maxLengths?.[example] ?? config.maxLength);

/** A finished sequence with its score. */
export const writtenOf = (
  ids: readonly number[],
  steps: readonly number[],
  sum: number,
  penalty: LengthPenalty,
  ended: boolean,
): Written => ({ ids, score: sum / penalty(Math.max(1, steps.length)), logProbability: sum, steps, ended });

/** Whether the id behind so many others is not chosen but forced, of a prefix or the last end that fits: it counts 0. */
export const forcedOf = (config: DecodeConfig, request: DecodeRequest, example: number): ((length: number) => boolean) => {
  const prefix = request.prefixes?.[example]?.length ?? 0;
  const end = config.forceEnd && request.endIds.length > 0 ? longestOf(config, request, example) - 1 : -1;
  return (length) => length < prefix || length === end;
};

/** What is done to the log-probabilities of an example, before and apart from sampling. */
export const processorsOf = (config: DecodeConfig, request: DecodeRequest, example: number): Processor[] => {
  const banned = [...(request.never ?? []).map((id) => [id]), ...(request.suppressed ?? [])];
  const prefix = request.prefixes?.[example] ?? [];
  return [
    ...(config.repetitionPenalty === 1 ? [] : [repetitionPenalty(config.repetitionPenalty)]),
    ...(config.noRepeat === undefined ? [] : [noRepeat(config.noRepeat)]),
    ...(config.minLength === 0 ? [] : [minLength(config.minLength, request.endIds)]),
    ...(banned.length === 0 ? [] : [suppress(banned)]),
    ...(prefix.length === 0 ? [] : [forcePrefix(prefix)]),
    ...(config.forceEnd && request.endIds.length > 0 ? [forceEnd(longestOf(config, request, example), request.endIds[0]!)] : []),
    ...(request.processors ?? []),
  ];
};

/** What narrows the choice when sampling. */
export const warpersOf = (config: DecodeConfig): Processor[] => [
  ...(config.temperature === 1 ? [] : [temperature(config.temperature)]),
  ...(config.topK === undefined ? [] : [topK(config.topK)]),
  ...(config.topP === undefined ? [] : [topP(config.topP)]),
  ...(config.minP === undefined ? [] : [minP(config.minP)]),
  ...(config.typicalP === undefined ? [] : [typicalP(config.typicalP)]),
];

/** Fills in the defaults; options that cannot go together are errors. */
export const resolveDecode = (options: DecodeOptions = {}): DecodeConfig => {
  const parsed = decodeConfig.safeParse(options);
  const refuse = (given: string, accepted: string): never => {
    throw new AnyformerError({ code: 'decode/options', who: 'Decoding', given, accepted, exit: 2 });
  };
  if (!parsed.success)
    return refuse(
      parsed.error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; '),
      Object.keys(decodeConfig.shape).join(', '),
    );
  const config = parsed.data;
  if (!config.sample && config.nBest > Math.max(1, config.beam))
    refuse(`${config.nBest} best of a beam of ${config.beam}`, 'at most as many as the beam is wide');
  if (config.beam % config.groups !== 0)
    refuse(`a beam of ${config.beam} in ${config.groups} groups`, 'a number of groups that divides the beam');
  if (config.minLength >= config.maxLength)
    refuse(`minLength ${config.minLength} with maxLength ${config.maxLength}`, 'less than maxLength, which counts the end too');
  return config;
};
