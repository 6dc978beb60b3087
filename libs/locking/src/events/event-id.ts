/** Whether an event happened after another, by their ids `${entryIndex}-${place}`. */
export function isLaterEvent(id: string, other: string): boolean {
  const [index, place] = numbersOf(id);
  const [otherIndex, otherPlace] = numbersOf(other);
  return index === otherIndex ? place > otherPlace : index > otherIndex;
}

/** Whether an id names no place in the log: that of a replica that has applied nothing yet. */
export function isUnplaced(id: string): boolean {
  return id.startsWith('0-');
}

function numbersOf(id: string): readonly [index: number, place: number] {
  const [index, place] = id.split('-');
  return [Number(index), Number(place)];
}
