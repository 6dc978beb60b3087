import { FencingTokens } from './fencing-tokens.js';

const LATER = /a later grant has a larger token/;

/** Two shared holds of a lock; only the later one, 2, was told to its client, `b`. */
function laterTold(): FencingTokens {
  const tokens = new FencingTokens();
  tokens.granted({ holdId: 1, token: 1 }, 1, 10);
  tokens.granted({ holdId: 2, token: 2 }, 2, 20);
  tokens.told('lock', 'b', 2, { before: 0, atUs: 0 });
  return tokens;
}

describe('FencingTokens', () => {
  it('lets a hold that lives keep its older token', () => {
    const tokens = laterTold();
    const before = tokens.toldBefore('lock');
    expect(before).toBe(2);
    expect(() => tokens.told('lock', 'a', 1, { before, atUs: 30 })).not.toThrow();
  });

  it('lets an answer on its way tell of a hold that has ended since it was asked for', () => {
    const tokens = laterTold();
    tokens.ended(1, 40);
    expect(() => tokens.told('lock', 'a', 1, { before: 2, atUs: 30 })).not.toThrow();
  });

  it('refuses the token of a hold that had ended when it was asked for', () => {
    const tokens = laterTold();
    tokens.ended(1, 29);
    expect(() => tokens.told('lock', 'a', 1, { before: 2, atUs: 30 })).toThrow(LATER);
  });

  it('refuses the token that a hold had before an upgrade', () => {
    const tokens = laterTold();
    tokens.granted({ holdId: 1, token: 3 }, 3, 29);
    expect(() => tokens.told('lock', 'a', 1, { before: 2, atUs: 30 })).toThrow(LATER);
    expect(() => tokens.told('lock', 'a', 3, { before: 2, atUs: 30 })).not.toThrow();
  });

  it('refuses an old token that no hold ever had', () => {
    const tokens = new FencingTokens();
    tokens.granted({ holdId: 2, token: 2 }, 1, 10);
    tokens.told('lock', 'b', 2, { before: 0, atUs: 0 });
    expect(() => tokens.told('lock', 'a', 1, { before: 2, atUs: 30 })).toThrow(LATER);
  });

  it('refuses a token in the log that is no larger than the last', () => {
    const tokens = laterTold();
    expect(() => tokens.granted({ holdId: 3, token: 2 }, 3, 30)).toThrow(
      /tokens grow along the log/,
    );
  });
});
