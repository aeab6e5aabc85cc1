/** Keys of a link that are about the page itself: a lesson leaves them. A step sets up all the rest. */
const stay = ['v', 'embed', 'lang', 'theme', 'panels', 'lock', 'load', 'origin'];

const keysOf = (/** @type {string} */ hash) => new URLSearchParams(hash.slice(1));

/**
 * Has the page's address follow the lessons and Mine, so that Back leads to the
 * step before, and a reload or a copy of the address to the same step.
 * @param {string} at  as Lessons.at
 * @param {boolean} mine  Mine is open
 * @param {boolean} still  the history gets no new entry: the address itself led here, or the page is in a frame, whose history is that of the page around it
 */
export function follow(at, mine, still) {
  const keys = keysOf(location.hash);
  if ((keys.get('lesson') ?? '') === at && keys.has('mine') === mine) return;
  for (const key of at ? [...keys.keys()] : ['lesson', 'mine']) if (!stay.includes(key)) keys.delete(key);
  if ((at || mine) && !keys.has('v')) keys.set('v', '1');
  if (at) keys.set('lesson', at);
  if (mine) keys.set('mine', '1');
  const rest = [...keys.keys()].some((key) => key !== 'v');
  const url = location.pathname + location.search + (rest ? `#${keys}`.replaceAll('%2C', ',') : '');
  if (still) history.replaceState(null, '', url);
  else history.pushState(null, '', url);
}

/** Whether two fragments differ by the lesson and Mine alone. */
export function sameBut(/** @type {string} */ a, /** @type {string} */ b) {
  const [x, y] = [a, b].map((hash) => {
    const keys = keysOf(hash);
    for (const key of ['v', 'lesson', 'mine']) keys.delete(key);
    keys.sort();
    return String(keys);
  });
  return x === y;
}
