import { side } from '../shell/constants.js';
import { find } from '../shell/keys.js';

const far = 4; // units that an arrow key with Shift moves the pen by

/**
 * KeyPen draws on a pad by keyboard: arrow keys move a pen by a pixel of the
 * network's input, with Shift by four; Space or Enter puts it down and lifts it.
 * To the pad it is one more pointer.
 */
export class KeyPen {
  /**
   * @param {HTMLElement} pad
   * @param {HTMLElement} mark  shows where the pen is
   * @param {(pen: {x: number, y: number, down: boolean}) => void} told  after every key, in units of the pad
   */
  constructor(pad, mark, told) {
    this.pad = pad;
    this.mark = mark;
    this.told = told;
    this.x = this.y = side / 2;
    this.down = false;
    pad.addEventListener('keydown', (e) => this.key(e));
    pad.addEventListener('blur', () => this.leave());
    pad.addEventListener('pointerdown', (e) => e.isTrusted && this.leave(), { capture: true });
  }

  key(/** @type {KeyboardEvent} */ e) {
    const key = find('pad', e);
    if (!key) return;
    e.preventDefault();
    e.stopPropagation();
    if (key.action === 'press') {
      if (!e.repeat) {
        this.down = !this.down;
        this.send(this.down ? 'pointerdown' : 'pointerup');
      }
    } else {
      const by = key.action === 'far' ? far : 1;
      this.x = Math.min(Math.max(this.x + by * key.way[0], 0), side);
      this.y = Math.min(Math.max(this.y + by * key.way[1], 0), side);
      this.send('pointermove');
    }
    const [x, y] = this.place();
    const { left, top } = this.mark.offsetParent?.getBoundingClientRect() ?? { left: 0, top: 0 };
    Object.assign(this.mark.style, { left: `${x - left}px`, top: `${y - top}px` });
    this.mark.hidden = false;
    this.mark.classList.toggle('down', this.down);
    this.told({ x: this.x, y: this.y, down: this.down });
  }

  /** Where the pen is in the view. */
  place() {
    const { left, top, width, height } = this.pad.getBoundingClientRect();
    return [left + (this.x / side) * width, top + (this.y / side) * height];
  }

  send(/** @type {string} */ type) {
    const [clientX, clientY] = this.place();
    this.pad.dispatchEvent(new PointerEvent(type, { pointerId: -28, pointerType: 'pen', button: 0, clientX, clientY, bubbles: true }));
  }

  leave() {
    if (this.down) this.send('pointerup');
    this.down = false;
    this.mark.hidden = true;
  }
}
