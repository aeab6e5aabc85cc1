import { padRule } from '../shell/constants.js';

/**
 * Where the pad lies in a stage of that width, as package view's New has it for
 * d2l's network, and about how high the stage is.
 * @param {number} width  CSS pixels @param {number} ratio  device pixels per CSS pixel
 */
export function padBox(width, ratio) {
  const { aside, column, least, narrow, narrowSide, narrowTop, wideSide, oneLine, twoLines, roomy } = padRule;
  const w = Math.max(width, least);
  const down = w < narrow;
  const snap = (/** @type {number} */ v) => Math.round(v * ratio) / ratio;
  const of = down ? narrowSide : wideSide;
  const side = snap(Math.min(Math.max(w * of.share, of.least), of.most));
  const left = down ? snap((w - side - aside - Math.min(w - side - aside, column)) / 2) : 0;
  const top = down ? narrowTop : w < roomy ? twoLines : oneLine;
  return { box: [left, top, side, side], height: down ? 3 * side + 120 : side + top + 32 };
}
