import {
  type Backbone,
  type Batch,
  type Embedder,
  inference,
  type Modality,
  ParameterStore,
  type Pass,
  type Sequence,
  tf,
  transformer,
} from '@anyformer/core';

/** What conformance is checked on. */
export interface Subject<Raw = any> {
  /** A fresh modality; with `files`, made again from what its codec's `files()` gave. Called several times. */
  make(files?: Readonly<Record<string, Uint8Array>>): Modality<Raw> | Promise<Modality<Raw>>;
  /** At least two raw values, from the shortest to the longest. */
  readonly samples: readonly Raw[];
}

const width = 16;

/** A small encoder-decoder around one modality, and the ways the checks run it. */
export class Bench<Raw = any> {
  readonly subject: Subject<Raw>;
  readonly modality: Modality<Raw>;
  readonly store = new ParameterStore({ width, seed: 1 });
  readonly embed: Embedder;
  /** Paths of the parameters that the embedder made. */
  readonly own: readonly string[];
  readonly backbone: Backbone;
  readonly width = width;

  private constructor(subject: Subject<Raw>, modality: Modality<Raw>) {
    this.subject = subject;
    this.modality = modality;
    this.embed = modality.embedder(this.store.scope(`modality/${modality.id}`));
    this.own = [...this.store.all.keys()];
    this.backbone = transformer({ preset: 'tiny', width, heads: 2, feedForward: 32, layers: 1, dropout: 0 })(this.store.scope('backbone'));
  }

  static async of<Raw>(subject: Subject<Raw>, files?: Readonly<Record<string, Uint8Array>>): Promise<Bench<Raw>> {
    return new Bench(subject, await subject.make(files));
  }

  get name(): string {
    return `Modality '${this.modality.id}'`;
  }

  get examples(): any[] {
    return this.subject.samples.map((sample) => this.modality.codec.encode(sample));
  }

  /** One batch as a sequence. Call inside `tidy`. */
  sequence(examples: readonly unknown[], pass: Pass = inference): Sequence {
    return this.embed(this.modality.collate(examples), pass);
  }

  /** Hidden states of each example, cut to its own length: what padding must not change. */
  async hidden(examples: readonly unknown[]): Promise<Float32Array[]> {
    const { hidden, mask } = tf.tidy(() => {
      const memory = this.backbone.encoder!(this.sequence(examples), inference);
      return { hidden: memory.hidden, mask: memory.mask };
    });
    const [values, real] = await Promise.all([hidden.data<'float32'>(), mask.data()]);
    const [b, l] = mask.shape;
    tf.dispose([hidden, mask]);
    return Array.from({ length: b }, (_, row) => {
      const kept: number[] = [];
      for (let i = 0; i < l; i++) if (real[row * l + i]) kept.push(...values.subarray((row * l + i) * width, (row * l + i + 1) * width));
      return Float32Array.from(kept);
    });
  }

  /** Embeddings of a batch [b, l, w] on the host. */
  async embeddings(make: () => Batch, pass: Pass = inference): Promise<{ values: Float32Array; length: number }> {
    const embeddings = tf.tidy(() => this.embed(make(), pass).embeddings);
    const values = new Float32Array(await embeddings.data<'float32'>());
    const length = embeddings.shape[1];
    embeddings.dispose();
    return { values, length };
  }

  dispose(): void {
    this.store.dispose();
  }
}
