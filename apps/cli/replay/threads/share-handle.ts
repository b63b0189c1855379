import { once } from 'node:events';
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { YOUNG_SPACE_MB } from '../bound-heap.js';
import { receivedFault, type SentFault } from './sent-fault.js';
import type { ShareRequests, ShareSettings } from './share-requests.js';

type Name = keyof ShareRequests;
type Answer<N extends Name> = ReturnType<ShareRequests[N]>;

type Reply = { readonly answer: unknown } | { readonly fault: SentFault };

interface Waiting {
  resolve(answer: never): void;
  reject(error: unknown): void;
}

/** One thread of a replay, as the main thread sees it. */
export class ShareHandle {
  private readonly worker: Worker;
  private readonly waiting: Waiting[] = [];
  private failed: unknown = null;

  /** Starts the thread; a thread that cannot start is told of by the first request. */
  constructor(settings: ShareSettings) {
    this.worker = new Worker(new URL('./share-thread.js', import.meta.url), {
      workerData: settings,
      resourceLimits: {
        maxYoungGenerationSizeMb: 3 * YOUNG_SPACE_MB,
        // A case that one thread could judge alone is still judged.
        maxOldGenerationSizeMb: Math.floor(getHeapStatistics().heap_size_limit / (1 << 20)),
      },
    });
    this.worker.on('message', (reply: Reply) => this.settle(reply));
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', () => this.fail(new Error('a thread of the replay ended early')));
  }

  /** Requests that are not answered yet. */
  get load(): number {
    return this.waiting.length;
  }

  /**
   * Asks the thread; answers come in the order of the requests. @throws (rejects) what the thread threw, or why it
   * ended. The promise may be looked at later, or never.
   */
  request<N extends Name>(name: N, request: Parameters<ShareRequests[N]>[0]): Promise<Answer<N>> {
    const answer = new Promise<Answer<N>>((resolve, reject) => {
      if (this.failed !== null) reject(this.failed);
      else this.waiting.push({ resolve, reject });
    });
    answer.catch(() => undefined);
    if (this.failed === null) this.worker.postMessage({ name, request });
    return answer;
  }

  /** Lets the thread finish what it was asked, then end. */
  async end(): Promise<void> {
    const ended = once(this.worker, 'exit');
    this.worker.postMessage({ name: 'end' });
    await ended;
  }

  /** Ends the thread wherever it is; after `end` it changes nothing. */
  async stop(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(reply: Reply): void {
    const next = this.waiting.shift();
    if ('answer' in reply) next?.resolve(reply.answer as never);
    else next?.reject(receivedFault(reply.fault));
  }

  private fail(error: unknown): void {
    this.failed ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.failed);
  }
}
