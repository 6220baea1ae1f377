/** Results by task and metric. */
export type Results = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What a run tells while it goes on. One stream feeds every listener. */
export type TrainEvent =
  | {
      readonly type: 'start';
      /** Updates done before, when a run is taken up again. */
      readonly step: number;
      readonly steps: number;
      readonly parameters: number;
      readonly tasks: readonly string[];
    }
  | {
      readonly type: 'step';
      readonly step: number;
      readonly steps: number;
      /** Mean loss per position or example, in nats: the tasks' by their shares. */
      readonly loss: number;
      readonly losses: Readonly<Record<string, number>>;
      readonly rate: number;
      /** Global norm of the gradient before clipping. */
      readonly norm: number;
      /** Real positions of this step, without padding. */
      readonly positions: number;
      readonly positionsPerSecond: number;
      /** Share of the batches' cells that is padding, 0 … 1. */
      readonly padding: number;
      /** Epoch of each task. */
      readonly epochs: Readonly<Record<string, number>>;
      /** Tensors alive after the step; the trainer sees to it that the number stays the same. */
      readonly tensors: number;
      /** Since this process began to train. */
      readonly seconds: number;
      /** Seconds to the last step, at the pace of the last steps. */
      readonly eta: number;
      /** Cosine between the tasks' gradients on the backbone, now and then: `first/second` -> -1 … 1. */
      readonly cosines?: Readonly<Record<string, number>>;
    }
  | {
      readonly type: 'eval';
      readonly step: number;
      readonly split: string;
      readonly results: Results;
      /** Whether this is the best so far by the metric that the run names. */
      readonly best: boolean;
      /** The first observations of each task, to look at. */
      readonly samples: Readonly<Record<string, readonly unknown[]>>;
      readonly seconds: number;
    }
  | { readonly type: 'checkpoint'; readonly step: number; readonly path: string; readonly best: boolean }
  | {
      readonly type: 'end';
      readonly step: number;
      readonly reason: 'finished' | 'interrupted' | 'stopped-early';
      readonly seconds: number;
      readonly best?: { readonly metric: string; readonly value: number; readonly step: number };
    };
