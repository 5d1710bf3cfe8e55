/** Names in a message that Korean particles may follow without a space. */

/** The longest title and particle after a name, such as 님에게서. */
const PARTICLE_CHARS = 5;

/**
 * The names that somebody may have meant: the one found, and what precedes a Korean particle, the longest first. The server has the same
 * function.
 * @param {string} name
 */
export function candidates(name) {
  const found = [name];
  for (let end = name.length - 1; end > 0 && end >= name.length - PARTICLE_CHARS; end -= 1) {
    if (name[end] >= "가" && name[end] <= "힣" && !"._-".includes(name[end - 1])) found.push(name.slice(0, end));
  }
  return found;
}
