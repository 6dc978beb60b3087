/** The numbers in a message's id, `topic-sequence` in base 36; undefined for another text. */
export function numbersOf(id: string): { topicId: number; sequence: number } | undefined {
  const parts = /^([0-9a-z]+)-([0-9a-z]+)$/.exec(id);
  if (parts === null) return undefined;
  return { topicId: parseInt(parts[1] ?? '', 36), sequence: parseInt(parts[2] ?? '', 36) };
}
