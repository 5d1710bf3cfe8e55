/** Where a link leads, in the words of people. */

/**
 * The host of a page, which it can't choose, and after it, where a long text is cut, what it calls its site. An address that this browser can't
 * read is shown as it is: the server may know hosts that browsers refuse.
 * @param {{url: string, site?: string}} preview
 */
export function siteOf({ url, site }) {
  const host = hostOf(url);
  return site && site.toLowerCase() !== host ? `${host} · ${site}` : host;
}

/** @param {string} url */
function hostOf(url) {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
