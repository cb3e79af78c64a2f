// Shares notes out to columns in their order, so that the tallest column is as low as it can be.

const ROUNDS = 24; // halvings: to a fraction of a pixel on the largest wall

// `heights` are of the notes in order, in px, with `gap` px between two. Returns how tall the tallest column is,
// and for each column the place of its first note.
export function spread(heights, gap, columns) {
  const all = heights.reduce((sum, one) => sum + one + gap, 0);
  let low = Math.max(0, ...heights);
  let high = Math.max(low, all);
  for (let round = 0; round < ROUNDS; round += 1) {
    const middle = (low + high) / 2;
    if (starts(heights, gap, middle, columns).length <= columns) high = middle;
    else low = middle;
  }
  const found = starts(heights, gap, high, columns);
  return { tallest: tallest(heights, gap, found), starts: found };
}

// Fills one column after the other up to `limit`, and leaves a note for each column to come.
function starts(heights, gap, limit, columns) {
  const found = [];
  let filled = Infinity;
  heights.forEach((height, place) => {
    const wanted = heights.length - place <= columns - found.length;
    if (filled + gap + height > limit || wanted) {
      found.push(place);
      filled = height;
    } else {
      filled += gap + height;
    }
  });
  return found;
}

function tallest(heights, gap, found) {
  return Math.max(0, ...found.map((start, column) => {
    const notes = heights.slice(start, found[column + 1]);
    return notes.reduce((sum, one) => sum + one + gap, -gap);
  }));
}
