import { span } from '../stage/front.js';
import { padRule } from '../shell/constants.js';
import { padBox } from '../stage/padbox.js';

const { under } = padRule;

/** @typedef {import('../stage/padbox.js').Room} Room */

/** A layout, as posterlayout.go writes it, that was made for a room most like another one. */
export function nearest(/** @type {any[]} */ layouts, /** @type {Room} */ room) {
  const down = (/** @type {Room} */ r) => padBox(r).down;
  const far = (/** @type {Room} */ r) => {
    const [width, height] = [Math.log(r.width / room.width), r.height && Math.log(r.height / room.height)];
    return Math.abs(width) + 3 * Math.abs(height - (height && width)) + (down(r) === down(room) ? 0 : 100);
  };
  const alike = layouts.filter(({ room: r }) => !r.height === !room.height || down(room));
  return alike.reduce((best, l) => (far(l.room) < far(best.room) ? l : best));
}

/**
 * Fits a layout into a room: the pad exactly where it will be, the panels about there.
 * @param {any} made  from nearest @param {Room} room
 */
export function fitted(made, room) {
  const { box: pad, font, height } = padBox(room);
  const [, top, side] = pad;
  const { width } = room;
  const [, madeTop, madeSide] = made.pad;
  const grown = made.vertical ? width / made.width : (width - side) / (made.width - madeSide);
  const end = top + side + (made.vertical ? Math.max(room.tools, under) - Math.max(made.room.tools, under) : 0); // of the pad and the tools below it
  const x = (/** @type {number} */ v) => (made.vertical ? v * grown : v < madeSide ? (v * side) / madeSide : side + (v - madeSide) * grown);
  const y = (/** @type {number} */ v) => {
    if (made.vertical) return v < madeSide ? (v * side) / madeSide : end + (v - madeSide) * grown;
    return v < madeTop ? (v * top) / madeTop : top + ((v - madeTop) * side) / madeSide;
  };
  const box = (/** @type {number[]} */ [l, t, w, h]) => [x(l), y(t), x(l + w) - x(l), y(t + h) - y(t)];
  const tile = made.vertical ? grown : Math.min(grown, side / madeSide);
  const along = made.vertical ? y : x;
  const across = made.vertical ? x : y;
  const panels = made.panels.map((/** @type {number[]} */ p) => panel(p, x, y, tile));
  return {
    ...made, width, pad, panels,
    height: made.vertical ? y(made.height) : height,
    font: (made.font * font) / padBox(made.room).font,
    boxes: panels.map(around),
    labels: made.labels.map((/** @type {any} */ l) => ({ ...l, box: box(l.box) })),
    legend: box(made.legend),
    flow: ribs(made.flow, along, across),
  };
}

/** A panel as a "stage" request is answered: its maps keep their distances, in their middle's place. */
function panel(/** @type {number[]} */ [layer, side, maps, cols, left, top, size, pitch], /** @type {(v: number) => number} */ x, /** @type {(v: number) => number} */ y, /** @type {number} */ grown) {
  const middle = (/** @type {number} */ from, /** @type {number} */ n) => from + ((n - 1) * pitch + size) / 2;
  const [cx, cy] = [middle(left, cols), middle(top, Math.ceil(maps / cols))];
  const tiles = new Float32Array(3 * maps);
  for (let i = 0; i < maps; i++) {
    tiles.set([x(cx) + (left + (i % cols) * pitch - cx) * grown, y(cy) + (top + Math.floor(i / cols) * pitch - cy) * grown, size * grown], 3 * i);
  }
  return { layer, side, tiles };
}

/** The box around a panel's maps. */
function around(/** @type {{tiles: Float32Array}} */ panel) {
  const [[left, right], [top, bottom]] = [span(panel, false), span(panel, true)];
  return [left, top, right - left, bottom - top];
}

const steps = 12; // of a bend of the band

/** The band's ribs between the ends of its bends, as view's flow has them. */
function ribs(/** @type {number[]} */ ends, /** @type {(v: number) => number} */ along, /** @type {(v: number) => number} */ across) {
  const rib = (/** @type {number} */ i) => [along(ends[i]), across(ends[i + 1]), across(ends[i + 2])];
  const all = rib(0);
  for (let i = 3; i < ends.length; i += 6) {
    const [from, to] = [rib(i), rib(i + 3)];
    for (let k = 0; k <= steps; k++) {
      const t = k / steps;
      const s = t * t * (3 - 2 * t);
      all.push(from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * s, from[2] + (to[2] - from[2]) * s);
    }
  }
  return Float32Array.from(all);
}
