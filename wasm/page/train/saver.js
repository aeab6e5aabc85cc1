import { fits } from './kept.js';
import { parseLink } from '../shell/link.js';

const pace = 5000; // milliseconds, while it trains

/**
 * Saver keeps the run on show over a reload, by a Keeper: now and then while it
 * trains, and whenever it comes to rest.
 */
export class Saver {
  /**
   * @param {import('./kept.js').Keeper|null} keeper  null where nothing is to be kept
   * @param {Pick<import('../shell/types.js').Parts, 'chart'|'experiment'|'run'|'timeline'>} parts
   * @param {() => void} troubled  the trouble is another one
   */
  constructor(keeper, parts, troubled) {
    this.keeper = keeper;
    this.parts = parts;
    this.troubled = troubled;
    this.at = 0; // when it was kept last
    this.trouble = ''; // why the run cannot be kept: what the browser says, or "large"
    this.link = location.hash; // the newest one that leads to the run
    this.left = false; // the address is another link's: the page is about to be loaded again for that
  }

  /** Whether the run will be there after a reload. */
  get works() {
    return !!this.keeper && !this.trouble;
  }

  /** The run that was kept, if there is one. */
  recall() {
    return this.keeper?.recall();
  }

  /** Another run is to be kept from now on. */
  begin() {
    this.keeper?.begin();
  }

  /** Keeps the run, unless it trains and that was done a moment ago. */
  saveSoon() {
    if (this.parts.run.state !== 'training' || performance.now() - this.at >= pace) this.save();
  }

  async save() {
    const { chart, experiment, run, timeline } = this.parts;
    if (!this.keeper || !run.stand || run.asleep) return;
    this.at = performance.now();
    const state = ['finished', 'diverged'].includes(run.state) ? run.state : 'paused';
    const { job, stand, own } = run;
    if (!this.left && parseLink(location.hash)) this.link = location.hash; // that of a lesson; the skip link's is none
    const kept = { own, link: this.link, settings: experiment.settings(), job, state, ...stand, points: chart.points, past: timeline.kept,
      others: chart.runs.list.map(({ about, points }) => ({ about, points })) };
    const trouble = own && !fits(own) ? await this.keeper.forget().then(() => 'large', () => 'large') : await this.keeper.save(kept).then(() => '', (e) => e.message);
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.troubled();
  }

  /** Gives the kept run up. */
  forget() {
    this.keeper?.forget().catch(() => {}); // where storage is refused nothing is kept
  }
}
