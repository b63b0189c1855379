import { parentPort, workerData } from 'node:worker_threads';
import { sentFault } from './sent-fault.js';
import type { ShareRequests, ShareSettings } from './share-requests.js';
import { ShareWorker } from './share-worker.js';

/** The program of a thread: answers each request, in order, until it is told to end. */
const port = parentPort;
if (port === null) throw new Error('this runs as a worker thread only');
const worker: ShareRequests = new ShareWorker(workerData as ShareSettings);

port.on('message', (asked: { name: keyof ShareRequests | 'end'; request: never }) => {
  if (asked.name === 'end') {
    port.close();
    return;
  }
  try {
    port.postMessage({ answer: worker[asked.name](asked.request) });
  } catch (error) {
    port.postMessage({ fault: sentFault(error) });
  }
});
