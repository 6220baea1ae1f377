import { Observable } from 'rxjs';
import type { TrainEvent } from './events.js';
import { Trainer, type TrainOptions } from './trainer.js';

/**
 * Trains. Cold: each subscription is a run of its own, and unsubscribing stops it after the step at hand without another event. An abort
 * of `options.signal` ends it well: the step is finished, a checkpoint is saved, and `end` says `interrupted`.
 */
export const train = (options: TrainOptions): Observable<TrainEvent> =>
  new Observable((subscriber) => {
    const trainer = new Trainer(options);
    let closed = false;
    const run = async (): Promise<void> => {
      try {
        for await (const event of trainer.run()) {
          if (closed) break;
          subscriber.next(event);
        }
        subscriber.complete();
      } catch (error) {
        subscriber.error(error);
      } finally {
        trainer.dispose();
      }
    };
    void run();
    return () => {
      closed = true;
    };
  });
