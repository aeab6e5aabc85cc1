// What the fuzz tests of page_test.go drive under node: a line of JSON in, one out.
import { createInterface } from 'node:readline';
import { fileOf, inputOf, keysOf, labelOf, placeOf, stepsOf } from './embed/host.js';
import { formatLink, parseLink } from './shell/link.js';

/** What a fragment is read as, and whether writing and reading it again changes anything. */
function link(/** @type {string} */ fragment) {
  const setup = parseLink(fragment);
  if (!setup) return {};
  const written = formatLink(setup);
  return { setup, written, again: formatLink(parseLink(written)) };
}

/** What the parts of a message are read as, or why they are refused. */
function message(/** @type {any} */ m) {
  const read = (/** @type {() => any} */ f) => {
    try {
      return { value: f() };
    } catch (e) {
      return { refused: e.message, kind: e.constructor.name };
    }
  };
  return { input: read(() => inputOf(m)), file: read(() => fileOf(m)), keys: read(() => keysOf(m.keys)), steps: read(() => stepsOf(m)), label: read(() => labelOf(m)), place: read(() => placeOf(m)) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { fragment, m } = JSON.parse(line);
  let out;
  try {
    out = fragment === undefined ? message(m) : link(fragment);
  } catch (e) {
    out = { thrown: e.stack };
  }
  console.log(JSON.stringify(out));
}
