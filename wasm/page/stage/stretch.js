import { padBox } from './padbox.js';

const below = 15; // px between the pad and the layers of a narrow frame without tools

/**
 * A layout for a room, from those that were made when the page was built: the
 * nearest smaller one, stretched about the pad, which lies where it always does.
 * @param {any[]} layouts  the last one for a room whose height is given
 * @param {import('./padbox.js').Room} room
 */
export function stretched(layouts, room) {
  const { box: pad, down, font, height } = padBox(room);
  const flowing = layouts.slice(0, -1).filter((l) => l.vertical === down);
  const made = room.height && !down ? layouts.at(-1) : (flowing.findLast((l) => l.width <= room.width) ?? flowing[0]);
  const [, top, side] = pad;
  const [, madeTop, madeSide] = made.pad;
  const sx = down ? room.width / made.width : (room.width - side) / (made.width - madeSide);
  const sy = down ? sx : side / madeSide;
  const x = (/** @type {number} */ v) => (down ? v * sx : side + (v - madeSide) * sx);
  const y = (/** @type {number} */ v) => (down ? side + Math.max(room.tools, below) + (v - madeSide - below) * sx : top + (v - madeTop) * sy);

  const even = Math.min(sx, sy); // maps stay square
  const tiles = (/** @type {number[]} */ list) => {
    const middle = (/** @type {number} */ k) => {
      const places = list.filter((_, i) => i % 3 === k);
      return (Math.min(...places) + Math.max(...places) + list[2]) / 2;
    };
    const [cx, cy] = [middle(0), middle(1)];
    return Float32Array.from(list, (v, i) => [x(cx) + (v - cx) * even, y(cy) + (v - cy) * even, v * even][i % 3]);
  };
  const label = (/** @type {any} */ { panel, box: [left, above, w, h] }) => {
    const head = !down && (panel === -1 || panel >= 0);
    if (head) return [panel < 0 ? 0 : x(left), 0, panel < 0 ? side : w * sx, top - 8];
    return [x(left), y(above), w * sx, h * sy];
  };
  const [lx, ly, lw, lh] = made.legend;
  return {
    ...made, width: room.width, height: room.height || (down ? Math.ceil(y(made.height)) : height), font, pad,
    legend: [x(lx), y(ly), lw * sx, lh],
    flow: Float32Array.from(made.flow, (v, i) => ((i % 3 === 0) === down ? y(v) : x(v))),
    panels: made.panels.map((/** @type {any} */ p) => ({ ...p, tiles: tiles(p.tiles) })),
    labels: made.labels.map((/** @type {any} */ l) => ({ ...l, box: label(l) })),
  };
}
