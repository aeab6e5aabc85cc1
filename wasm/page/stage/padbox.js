import { padRule } from '../shell/constants.js';

/**
 * The room that there is for the stage, as view.Frame has it.
 * @typedef {{width: number, height: number, ratio: number, text: number, presenting: boolean, tools: number}} Room
 *   height: 0 where it follows from the width; text: the reader's font size
 */

/**
 * Where the pad lies in a stage, how large its labels are and about how high it
 * is, as package view's New has it for d2l's network.
 * @param {Room} room
 */
export function padBox({ width, height, ratio, text, presenting, tools }) {
  const { above, answers, below, filledSide, least, line, low, narrow, narrowSide, plain, slim, text: size, wideSide } = padRule;
  const w = Math.max(width, least);
  const clamp = (/** @type {number} */ v, /** @type {number} */ lo, /** @type {number} */ hi) => Math.min(Math.max(v, lo), hi);
  const down = w < (height ? slim : narrow);
  const grown = clamp(size.least + (w - plain) * size.share, size.least, size.most);
  const font = ((presenting && !down ? size.most : grown) * text) / 16;
  const top = down ? 0 : Math.ceil((presenting ? 2 : 3) * font * line + above);
  let side;
  if (down) side = Math.min(Math.max(w - answers, w * narrowSide.share), narrowSide.most);
  else if (height) side = Math.min(w * filledSide, Math.max(height, low) - top - below);
  else side = clamp(w * wideSide.share, wideSide.least, wideSide.most);
  side = Math.round(side * ratio) / ratio;
  return { box: [0, top, side, side], down, font, height: height || (down ? side + tools + (w < 340 ? 324 : 294) : Math.ceil(side + top + below)) };
}
