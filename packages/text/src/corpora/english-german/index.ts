export * from './english-german.js';
export { type PronounSentence, pronounIn } from './pronoun-sentences.js';
export { type SentenceKind, type SentencePair, sentenceKinds } from './sentences.js';
