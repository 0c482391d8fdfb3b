// The data of the page, from compact columns to arrays that can be drawn from.

/** @type {Doc} */
const doc = JSON.parse(get('data', HTMLScriptElement).textContent || '{}');

// Rows and times come as differences, times in a unit of their own.
for (const column of Object.values(doc.events)) {
  if (!Array.isArray(column)) for (let i = 1; i < column.at.length; i++) column.at[i] += column.at[i - 1];
}
for (const outcome of doc.events.outcome.value) outcome[2] *= doc.unit;
for (const half of [...doc.migrations.export, ...doc.migrations.import]) if (half) half[0] *= doc.unit;
for (const named of doc.inodes.names) {
  if (named[2] !== null) named[2] *= doc.unit;
  if (named[3] !== null) named[3] *= doc.unit;
}

/** @param {number[]} counts @returns {Uint32Array} Where each begins, and the end. */
function starts(counts) {
  const at = new Uint32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) at[i + 1] = at[i] + counts[i];
  return at;
}

/** Times from their differences. @param {number[]} steps @param {number} unit @returns {Float64Array} */
function sums(steps, unit) {
  const all = new Float64Array(steps.length);
  let sum = 0;
  for (let i = 0; i < steps.length; i++) all[i] = (sum += steps[i]) * unit;
  return all;
}

/**
 * The value of a row in a column that few rows have.
 * @template T
 * @param {Sparse<T>} column
 * @param {number} row
 * @returns {T | undefined}
 */
function sparse(column, row) {
  const at = search(column.at, row, 0, column.at.length);
  return column.at[at] === row ? column.value[at] : undefined;
}

/**
 * The first of the sorted values from `from` to `to` that is not less than `value`.
 * @param {ArrayLike<number>} values
 * @param {number} value
 * @param {number} from
 * @param {number} to
 */
function search(values, value, from, to) {
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (values[middle] < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
