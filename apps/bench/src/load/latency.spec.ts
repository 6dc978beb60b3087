import { Latency } from './latency.js';

describe('Latency', () => {
  it('gives percentiles in milliseconds, to three digits', () => {
    const latency = Latency.empty();
    for (let ms = 1; ms <= 100; ms += 1) latency.record(ms);
    expect(latency.count).toBe(100);
    expect(latency.percentileMs(50)).toBe(50.015);
    expect(latency.percentileMs(99)).toBe(99.007);
    expect(latency.percentileMs(100)).toBe(100.031);
  });

  it('has none before anything was recorded', () => {
    expect(Latency.empty().percentileMs(50)).toBeNull();
  });

  it('counts what is longer than its limit as its limit, and what is shorter than 1 µs as that', () => {
    const latency = Latency.empty();
    latency.record(0);
    latency.record(3_600_000);
    expect(latency.percentileMs(50)).toBe(0.001);
    expect(latency.percentileMs(100)).toBeGreaterThanOrEqual(60_000);
    expect(latency.percentileMs(100)).toBeLessThan(60_100);
  });

  it('goes to another process and is added there', () => {
    const one = Latency.empty();
    one.record(2);
    const other = Latency.empty();
    other.record(4);
    other.add(Latency.decode(one.encoded()));
    expect([other.count, other.percentileMs(50), other.percentileMs(100)]).toEqual([2, 2, 4.001]);
  });
});
