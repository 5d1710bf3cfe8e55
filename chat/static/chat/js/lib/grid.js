/** Moving by keys in a grid of several sections, each with rows of the same number of cells; the last row of a section may be shorter. */

const PAGE_ROWS = 5;

/**
 * The cell that a key leads to; null if the key does not move. Cells are counted through all sections.
 * @param {object} grid
 * @param {number[]} grid.sections the number of cells of each
 * @param {number} grid.columns
 * @param {number} grid.at
 * @param {string} key
 * @param {boolean} [whole] whether Home and End lead to the first and last cell of all
 */
export function nextCell({ sections, columns, at }, key, whole = false) {
  const rows = rowsOf(sections, columns);
  const last = sections.reduce((sum, cells) => sum + cells, 0) - 1;
  const row = rows.findIndex(({ start, cells }) => at < start + cells);
  if (row < 0) return null;
  const { start, cells } = rows[row];
  /** @param {number} number of the row */
  const below = (number) => {
    const target = rows[Math.max(0, Math.min(number, rows.length - 1))];
    return target.start + Math.min(at - start, target.cells - 1);
  };
  const cell = {
    ArrowLeft: Math.max(0, at - 1),
    ArrowRight: Math.min(last, at + 1),
    ArrowUp: below(row - 1),
    ArrowDown: below(row + 1),
    PageUp: below(row - PAGE_ROWS),
    PageDown: below(row + PAGE_ROWS),
    Home: whole ? 0 : start,
    End: whole ? last : start + cells - 1,
  }[key];
  return cell ?? null;
}

/**
 * @param {number[]} sections
 * @param {number} columns
 */
function rowsOf(sections, columns) {
  const rows = [];
  let start = 0;
  for (const cells of sections) {
    for (let left = cells; left > 0; left -= columns) {
      rows.push({ start, cells: Math.min(left, columns) });
      start += Math.min(left, columns);
    }
  }
  return rows;
}
