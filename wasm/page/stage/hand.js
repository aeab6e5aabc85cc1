const rest = 10; // a pointer that moved less than this has rested, CSS px
const after = 1000; // milliseconds after a pen in which a touch is the palm's

/**
 * Hand decides which of the pointers on a pad draws. A pen wins over fingers, and
 * a palm leaves no ink: neither one that touched the pad before the pen nor one
 * that comes while the pen is near. A finger takes over from one that only rests.
 */
export class Hand {
  /**
   * @param {HTMLElement} pad
   * @param {{ready?: () => boolean, down: (e: PointerEvent) => void, move: (e: PointerEvent) => void, up: (e: PointerEvent) => void, drop: () => void}} on
   *   drop: the last stroke, finished or not, was none
   */
  constructor(pad, on) {
    this.pad = pad;
    this.on = on;
    /** @type {PointerEvent|null} how the pointer that draws came down */
    this.first = null;
    this.moved = false;
    this.pen = -Infinity; // when a pen was last seen
    /** @type {number} when a finger last left a dot */
    this.dot = -Infinity;
    pad.addEventListener('pointerdown', (e) => this.down(e));
    pad.addEventListener('pointermove', (e) => this.move(e));
    for (const type of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      pad.addEventListener(type, (e) => this.up(/** @type {PointerEvent} */ (e)));
    }
  }

  /** Whether a stroke is being drawn. */
  get draws() {
    return !!this.first;
  }

  down(/** @type {PointerEvent} */ e) {
    const { first, on } = this;
    if ((e.pointerType === 'mouse' && e.button !== 0) || !(on.ready?.() ?? true)) return;
    const pen = this.isPen(e);
    if (e.pointerType === 'touch' && (first?.pointerType === 'pen' || e.timeStamp - this.pen < after)) return;
    if (first) {
      const touched = first.pointerType === 'touch';
      const lost = e.pointerType === first.pointerType && e.isPrimary; // the browser has no other of this kind any more
      if (!(touched ? pen || lost || (e.pointerType === 'touch' && !this.moved) : (pen || lost) && e.isTrusted)) return;
      if (touched && !lost) on.drop();
      else on.up(first);
    } else if (pen && e.timeStamp - this.dot < after) on.drop();
    this.dot = -Infinity;
    this.first = e;
    this.moved = false;
    if (e.isTrusted) this.pad.setPointerCapture(e.pointerId); // not the keyboard's
    on.down(e);
  }

  move(/** @type {PointerEvent} */ e) {
    this.isPen(e);
    const { first, on } = this;
    if (e.pointerId !== first?.pointerId) return;
    this.moved ||= Math.hypot(e.clientX - first.clientX, e.clientY - first.clientY) >= rest;
    const events = e.getCoalescedEvents?.() ?? [];
    for (const p of events.length ? events : [e]) on.move(p);
  }

  up(/** @type {PointerEvent} */ e) {
    this.isPen(e);
    const { first, on } = this;
    if (e.pointerId !== first?.pointerId) return;
    this.first = null;
    const touch = e.pointerType === 'touch';
    if (touch && e.type === 'pointercancel') return on.drop(); // the system took it for a palm
    if (touch && !this.moved) this.dot = e.timeStamp;
    on.up(e);
  }

  /** Whether a pointer is a pen, which is noted; the keyboard's is none. */
  isPen(/** @type {PointerEvent} */ e) {
    const pen = e.pointerType === 'pen' && e.isTrusted;
    if (pen) this.pen = e.timeStamp;
    return pen;
  }
}
