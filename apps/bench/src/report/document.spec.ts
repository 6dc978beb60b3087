import { replaceResults } from './document.js';

const BEGIN = '<!-- npm run bench writes from here -->';
const END = '<!-- to here -->';

describe('replaceResults', () => {
  it('replaces what is between the marks and nothing else', () => {
    const document = `# Title\n\n${BEGIN}\n\nold\n\n${END}\n\nEnd.\n`;
    const replaced = `# Title\n\n${BEGIN}\n\nnew\n\n${END}\n\nEnd.\n`;
    expect(replaceResults(document, 'new\n')).toBe(replaced);
    expect(replaceResults(replaced, 'new')).toBe(replaced);
  });

  it('refuses a document without the marks', () => {
    expect(() => replaceResults(`${END}${BEGIN}`, 'new')).toThrow(
      `the document lacks "${BEGIN}" and "${END}"`,
    );
  });
});
