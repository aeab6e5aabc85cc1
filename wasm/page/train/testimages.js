/** @typedef {import('./network.js').Network} Network */

/**
 * TestImages asks the worker of the network on show about the test images, of
 * which it has those of one data set at a time.
 */
export class TestImages {
  /** @param {Promise<Network>} network @param {(e: Error) => void} failed  they could not be fetched */
  constructor(network, failed) {
    this.network = network;
    this.failed = failed;
    this.dataset = '';
    /** @type {any} the worker that has them, or has been asked to fetch them */
    this.client = null;
    /** @type {Promise<any>|null} until it has */
    this.given = null;
  }

  /** @returns {Promise<any>} the reply */
  async ask(/** @type {string} */ dataset, /** @type {string} */ type, /** @type {object} */ fields) {
    const n = await this.network;
    await this.give(n, dataset);
    return n.call(type, fields);
  }

  /** Sees to it that the worker has the test images of the data set. */
  give(/** @type {Network} */ n, /** @type {string} */ dataset) {
    if (this.dataset !== dataset || this.client !== n.client) {
      this.given = n.call('fetch', { dataset, part: 'test', full: false });
      [this.dataset, this.client] = [dataset, n.client];
      this.given.catch((e) => {
        this.dataset = ''; // to be tried again
        this.failed(e);
      });
    }
    return this.given;
  }
}
