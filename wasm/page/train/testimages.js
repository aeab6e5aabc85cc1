import { hasFull } from './data.js';
import { blobs } from './data.js';

const subset = 1000; // test images that come with the page, the first ones of all

/** @typedef {import('./network.js').Network} Network */

/**
 * TestImages asks the worker of the network on show about the test images, of
 * which it has those of one data set at a time.
 */
export class TestImages {
  /**
   * @param {Promise<Network>} network
   * @param {(dataset: string) => boolean} full  whether all of a set's are wanted, as the run on show counts them
   * @param {(dataset: string) => import('./own.js').OwnSet|null|undefined} own  the reader's own set of that name
   * @param {(e: Error) => void} failed  they could not be fetched
   */
  constructor(network, full, own, failed) {
    this.network = network;
    this.full = full;
    this.own = own;
    this.failed = failed;
    this.sets = '';
    /** @type {any} the worker that has them, or has been asked to fetch them */
    this.client = null;
    /** @type {Promise<any>|null} until it has */
    this.given = null;
    /** @type {Promise<any>} until the last question is on its way */
    this.queue = Promise.resolve();
  }

  /** Asks once what was asked before is on its way: it may be about another data set. @returns {Promise<any>} the reply */
  async ask(/** @type {string} */ dataset, /** @type {string} */ type, /** @type {any} */ fields) {
    const asked = this.queue.then(() => this.post(dataset, type, fields));
    this.queue = asked.catch(() => {});
    return (await asked).reply;
  }

  /** Sends a question to the worker that has the images by then. */
  async post(/** @type {string} */ dataset, /** @type {string} */ type, /** @type {any} */ fields) {
    const n = await this.network;
    const beyond = !!fields.indices?.some((/** @type {number} */ i) => i >= subset); // as a link may ask for
    const full = this.full(dataset) || (beyond && !this.own(dataset) && (await hasFull(dataset)));
    await this.give(n, dataset, full);
    return { reply: n.call(type, fields) };
  }

  /** Sees to it that the worker has the test images of the data set. */
  give(/** @type {Network} */ n, /** @type {string} */ dataset, /** @type {boolean} */ full) {
    const own = this.own(dataset);
    const sets = `${dataset} ${own ? own.generation : full}`;
    if (this.sets !== sets || this.client !== n.client) {
      this.given = own ? n.call('give', { part: 'test', ...blobs(own.test) }) : n.call('fetch', { dataset, part: 'test', full });
      [this.sets, this.client] = [sets, n.client];
      this.given.catch((e) => {
        this.sets = ''; // to be tried again
        this.failed(e);
      });
    }
    return this.given;
  }
}
