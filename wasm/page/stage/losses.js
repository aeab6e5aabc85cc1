const most = 3; // losses of late after which the frame is not opened by itself
const forgiven = 5 * 60 * 1000; // milliseconds after which a loss counts no more

/** Losses counts how often the frame was lost while it was on show: long ago does not count. */
export class Losses {
  constructor() {
    /** @type {number[]} */
    this.times = [];
  }

  /** Another one, at a time in milliseconds. @returns {boolean} whether the frame deserves another try */
  add(/** @type {number} */ now) {
    this.times = [...this.times.filter((at) => now - at < forgiven), now];
    return this.times.length <= most;
  }
}
