/**
 * The table of keys, for the page and for the stage's frame: another key is one
 * more row. At "page" and "present" the action is the id of a button, or a word
 * that app.js knows.
 *
 * @typedef {{at: 'page'|'present'|'mine'|'stage'|'pad', keys: string[], action: string, label: string, all?: string}} Key
 *   keys: as nameOf writes them; label: the string that says what they do; all: the keys in short
 */

const arrows = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'];
const shifted = arrows.map((key) => `Shift+${key}`);

/** @type {Key[]} */
export const table = [
  { at: 'page', keys: ['Ctrl+Z'], action: 'undo', label: 'undo' },
  { at: 'page', keys: ['F'], action: 'present', label: 'keys.present' },
  { at: 'page', keys: ['M'], action: 'mine', label: 'keys.mine' },
  { at: 'page', keys: ['P'], action: 'play', label: 'keys.play' },
  { at: 'page', keys: ['PageDown'], action: 'next', label: 'keys.next' },
  { at: 'page', keys: ['PageUp'], action: 'back', label: 'keys.back' },
  { at: 'page', keys: ['?'], action: 'help', label: 'keys' },
  { at: 'present', keys: ['Space'], action: 'go', label: 'keys.go' },
  { at: 'present', keys: ['ArrowRight'], action: 'step', label: 'keys.step' },
  { at: 'present', keys: ['Escape'], action: 'leave', label: 'present.leave' },
  { at: 'mine', keys: [...'1234567890'], action: 'file', label: 'keys.mine.file', all: '1 – 9 0' },
  { at: 'mine', keys: [...'ABCDEGHIJKLNOQRSTUVWXYZ'], action: 'file', label: 'keys.mine.letter', all: 'A – Z' },
  { at: 'mine', keys: ['+'], action: 'file', label: 'keys.mine.new' },
  { at: 'pad', keys: arrows, action: 'move', label: 'keys.pad.move' },
  { at: 'pad', keys: shifted, action: 'far', label: 'keys.pad.far' },
  { at: 'pad', keys: ['Space', 'Enter'], action: 'press', label: 'keys.pad.press' },
  { at: 'stage', keys: arrows, action: 'step', label: 'keys.stage.step' },
  { at: 'stage', keys: shifted, action: 'skip', label: 'keys.stage.skip' },
  { at: 'stage', keys: ['PageUp', 'PageDown', '[', ']'], action: 'leap', label: 'keys.stage.leap' },
  { at: 'stage', keys: ['Enter'], action: 'hold', label: 'keys.stage.hold' },
  { at: 'stage', keys: ['Escape'], action: 'leave', label: 'keys.stage.leave' },
];

/** @type {Record<string, [number, number]>} where a key leads, right and down */
const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], PageUp: [-1, 0], PageDown: [1, 0], '[': [-1, 0], ']': [1, 0] };

/** The name of a pressed key: "Ctrl+Z" (⌘ on a Mac as well), "Shift+ArrowUp", "?". */
export function nameOf(/** @type {KeyboardEvent} */ e) {
  const key = e.key === ' ' ? 'Space' : e.key;
  if (e.getModifierState?.('AltGraph')) return key; // some keyboards have their brackets there
  const command = e.ctrlKey || e.metaKey;
  const sign = key.length === 1; // with Shift it is another one
  return [command && 'Ctrl', e.altKey && 'Alt', e.shiftKey && (command || !sign) && 'Shift', sign ? key.toUpperCase() : key].filter(Boolean).join('+');
}

/**
 * What a pressed key does at a place; nothing where the table has no such row.
 * @param {Key['at']} at @param {KeyboardEvent} e
 * @returns {{action: string, name: string, way: [number, number]}|undefined}
 */
export function find(at, e) {
  const name = nameOf(e);
  const row = table.find((k) => k.at === at && k.keys.includes(name));
  return row && { action: row.action, name, way: ways[e.key] ?? [0, 0] };
}

/** Elements that take the keys that one types. */
const typing = 'input:not([type="range"], [type="checkbox"], [type="radio"], [type="file"], [readonly]), textarea, select, [contenteditable]';

/**
 * Has the page's keys act in this document. While presenting they come before
 * those of its parts, but for a part that one has reached by keyboard.
 * @param {(action: string, name: string) => boolean} act  reports whether there was something to do; name: of the key
 */
export function listen(act) {
  for (const capture of [true, false]) {
    document.addEventListener('keydown', (e) => {
      const target = /** @type {Element} */ (e.target);
      const has = (/** @type {string} */ name) => document.documentElement.classList.contains(name);
      const presenting = has('presenting');
      const mine = presenting && (e.key === 'Escape' || !target.closest(':is(a, button, input, summary, [tabindex="0"]):focus-visible')) && find('present', e);
      const key = mine || find('page', e) || (has('mining') && find('mine', e));
      const first = presenting && e.key !== 'Escape'; // which closes something else first
      if (!key || capture !== first || e.defaultPrevented || target.closest(typing) || !act(key.action, key.name)) return;
      e.preventDefault();
      e.stopPropagation();
    }, { capture });
  }
}
