/** Finding a room by what was typed: any part of its name; in Korean also by initial consonants (ㄷㅈㅇ finds 디자인). */

const INITIALS = [..."ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"];
const FIRST_SYLLABLE = 0xac00;
const LAST_SYLLABLE = 0xd7a3;
const SYLLABLES_PER_INITIAL = 588;

/** @param {string} text */
function plain(text) {
  return text.normalize("NFC").toLocaleLowerCase().trim();
}

/** @param {string} text */
function initialConsonants(text) {
  return Array.from(text, (letter) => {
    const code = letter.charCodeAt(0);
    if (code < FIRST_SYLLABLE || code > LAST_SYLLABLE) return letter;
    return INITIALS[Math.floor((code - FIRST_SYLLABLE) / SYLLABLES_PER_INITIAL)];
  }).join("");
}

/**
 * The rooms that match, those that begin with the query first, otherwise in their order. All for an empty query.
 * @template {{name: string}} Named
 * @param {Named[]} rooms
 * @param {string} query
 * @returns {Named[]}
 */
export function matching(rooms, query) {
  const wanted = plain(query);
  const ranked = rooms.map((room) => ({ room, rank: rank(plain(room.name), wanted) }));
  return ranked.filter(({ rank }) => rank < 2).sort((a, b) => a.rank - b.rank).map(({ room }) => room);
}

/**
 * @param {string} name
 * @param {string} wanted
 */
function rank(name, wanted) {
  for (const text of [name, initialConsonants(name)]) {
    if (text.startsWith(wanted)) return 0;
    if (text.includes(wanted)) return 1;
  }
  return 2;
}
