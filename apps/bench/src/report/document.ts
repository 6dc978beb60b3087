const BEGIN = '<!-- npm run bench writes from here -->';
const END = '<!-- to here -->';

/**
 * Puts new results between the two marks of a document.
 *
 * @throws Error when the marks are missing.
 */
export function replaceResults(document: string, results: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the document lacks "${BEGIN}" and "${END}"`);
  const head = document.slice(0, begin + BEGIN.length);
  return `${head}\n\n${results.trim()}\n\n${document.slice(end)}`;
}
