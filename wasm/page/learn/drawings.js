import { decodeInk } from '../shell/link.js';

/** Drawings, as encodeInk writes them. @type {Record<string, string>} */
const drawings = {
  five: 'u2MksMMupiM3m4NAkONJhkNSe6NbcQNkZmNuZmNuZUPqZBRmYvTiYdVfYLXbX4ZXXmbUXUdQXmdzZgcIbsa7eEaOghaEi8adlQbYnVcypGeoqeg0rajRr2l4rxohrNrGqKtforvmm0xVkqyniUzaf3zpdbzWbGygY-xLXJvZVttQ',
  small: 'U0HHTtHLSmHPReHSQXHWPPHaOIHeNAHiL5HmL5HmLxIaLqJOLiKCLaK2LTLrLLMfLDNTK8OHLDOWL3NpMxNJNxM2OzMyP0M8QyNVRqN7SaOsS_PnTYQpTkRvTiS2TST7S2U8SOV0RcWjQjXGPjXbOiXhNgXZMhXDLoWfK3VvKQU1',
  upright: 'gAJJgAO3gAUkgAaSgAgAgAltgArbgAxIgA22',
  level: 'JJgAO3gAUkgAaSgAgAgAltgArbgAxIgA22gA',
  face: '22gA2akd1HovzAsswKwKsszAov1Hkd2agA22bi2aXQ1HTTzAP1wKM_ssK4ovJlkdJJgAJlbiK4XQM_TTP1P1TTM_XQK4biJlf_JJkdJlovK4ssM_wKP1zATT1HXQ2abi22f_.YAZJYAag.n_ZJn_ag.qWk1pQmsn1oTmIpokNqniJrOgArbd2rObyqnZ3poYKoTWvmsVpk1',
};

/** Fetches the drawings of lessons on one's own drawings, and what is made of them. */
export async function sheets() {
  const all = await import('./sheets.js');
  Object.assign(drawings, all.hand);
  return all;
}

/** What a lesson puts into the pad, by its name. @returns {import('../shell/types.js').Input} */
export function inputOf(/** @type {string} */ name) {
  if (name === 'noise') return { strokes: [], picture: { pixels: noise(), label: -1, index: -1, dataset: '' } };
  return { strokes: decodeInk(drawings[name]), picture: null };
}

/** 784 random pixels, the same ones every time (xorshift). */
function noise() {
  let s = 28;
  return Uint8Array.from({ length: 784 }, () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return s & 255;
  });
}
