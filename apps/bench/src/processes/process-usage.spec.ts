import { anonymousKib, cpuSeconds, parseAnonymousKib, parseCpuSeconds } from './process-usage.js';

describe('process usage', () => {
  it('reads user and system time, whatever the process is called', () => {
    const stat = '42 (node (x) y) S 1 42 42 0 -1 4194304 9000 0 0 0 1234 66 7 8 20 0 11 0 99 1 2';
    expect(parseCpuSeconds(stat)).toBe(13);
  });

  it('reads the anonymous part of the resident memory', () => {
    const status = 'VmRSS:\t  90000 kB\nRssAnon:\t   61234 kB\nRssFile:\t   28766 kB\n';
    expect(parseAnonymousKib(status)).toBe(61_234);
    expect(parseAnonymousKib('Name:\tnode\n')).toBe(0);
  });

  it('is 0 for a process that is gone', () => {
    const goneId = 2 ** 22 + 1;
    expect([cpuSeconds(goneId), anonymousKib(goneId)]).toEqual([0, 0]);
  });
});
