/** @typedef {{lr: number, epochs: number, go: boolean}} Plan  how all workers finish a unit, and whether another one follows */

/**
 * Team is a worker's part in a run that several share: a port to each partner,
 * the worker whose rank differs in bit k, for round k. In a round both send
 * what they have and merge it, so that after the last one all have the same
 * (see Unit in wasm/worker). A buffer goes out and its partner's comes back, so
 * none is allocated after the first unit.
 */
export class Team {
  /** @param {number} rank @param {MessagePort[]} ports */
  constructor(rank, ports) {
    this.rank = rank;
    this.closed = false;
    this.links = ports.map((port) => new Link(port));
  }

  get alone() {
    return this.links.length === 0;
  }

  /**
   * Exchanges what the workers came to in the unit that was begun.
   * @param {any} wasm  the engine's functions
   * @param {boolean} gradient  whether there is one to exchange
   * @param {Plan|undefined} plan  the first worker's
   * @returns {Promise<Plan>} likewise, for all
   */
  async exchange(wasm, gradient, plan) {
    const floats = (/** @type {number} */ at) => new Float32Array(wasm.mem.buffer, at, wasm.exchangeLen());
    for (const [k, link] of this.links.entries()) {
      const sum = gradient ? (link.buffer ?? new Float32Array(wasm.exchangeLen())) : undefined;
      sum?.set(floats(wasm.gradient()));
      link.port.postMessage({ sum, loss: wasm.loss(), correct: wasm.correct(), plan }, sum ? [sum.buffer] : []);
      const theirs = await link.receive();
      if (gradient) {
        floats(wasm.next()).set(theirs.sum);
        link.buffer = theirs.sum;
      }
      wasm.merge(Boolean(this.rank & (1 << k)), theirs.loss, theirs.correct);
      plan ??= theirs.plan;
    }
    return plan;
  }

  /** Ends the exchange that is going on, which fails, and all later ones. */
  close() {
    this.closed = true;
    for (const link of this.links) link.close();
  }
}

/** Link is the way to one partner. */
class Link {
  constructor(/** @type {MessagePort} */ port) {
    this.port = port;
    /** @type {Float32Array<ArrayBuffer>|undefined} */
    this.buffer = undefined;
    /** @type {any[]} */
    this.came = []; // messages that nobody waited for yet
    this.closed = false;
    /** @type {() => void} */
    this.wake = () => {};
    port.onmessage = (e) => {
      this.came.push(e.data);
      this.wake();
    };
  }

  /** The partner's next message. */
  async receive() {
    while (this.came.length === 0) {
      if (this.closed) throw new Error('the team was dissolved');
      await new Promise((resolve) => (this.wake = () => resolve(undefined)));
    }
    return this.came.shift();
  }

  close() {
    this.closed = true;
    this.port.close();
    this.wake();
  }
}
