import { laterTexts, t } from '../shell/i18n.js';
import { maxFile } from '../shell/constants.js';
import { fetchBytes } from '../train/data.js';
import { take } from './taken.js';

/**
 * Fetches the file of a data set from beside the page and takes it as if it was
 * dropped. Fails where it is not the file that the link means.
 * @param {string} path  of this site
 * @param {string} sha256  of its bytes, in hexadecimal digits; '' fails with the one that it has
 * @param {number} seed  as take has it
 * @param {(text: string) => void} tell  how far it is
 */
export async function takeFrom(path, sha256, seed, tell) {
  await laterTexts();
  const name = path.slice(path.lastIndexOf('/') + 1);
  let told = 0;
  tell(t('set.reading', { name }));
  const bytes = await fetchBytes(path, undefined, (share) => {
    const tenth = Math.floor(10 * share);
    if (tenth > told) tell(t('mine.data.fetching', { name, p: 10 * (told = tenth) }));
  }, maxFile);
  tell(t('set.reading', { name }));
  return take([{ path: name, bytes }], seed, ([sum]) => {
    if (sum !== sha256.toLowerCase()) throw new Error(t(sha256 ? 'mine.data.other' : 'mine.data.unsummed', { sum, sha256 }));
  });
}
