import { Prng } from '../random/prng.js';
import { Trace } from '../world/trace.js';
import { World } from '../world/world.js';
import { drawDiskOptions } from './disk-options.js';
import { LogDisk } from './log-disk.js';

const WRITE = { group: 'g', hardState: { term: 1, votedFor: null }, entries: [] };

describe('LogDisk', () => {
  let world: World;
  let disk: LogDisk;
  let told: string[];

  beforeEach(() => {
    world = new World(new Trace(null));
    disk = new LogDisk(world, new Prng(2), drawDiskOptions(new Prng(1)));
    told = [];
    disk.onFailed = ({ message }) => told.push(message);
  });

  function flushAll(): readonly string[] {
    while (world.next());
    return told;
  }

  it('fails one flush, also of a write under way', () => {
    disk.write([WRITE], () => told.push('flushed'));
    disk.failOnce();
    expect(flushAll()).toEqual(['error: the log could not be written']);
    expect(disk.durableHardState.term).toBe(0);
    disk.crash();
    disk.write([WRITE], () => told.push('flushed'));
    expect(flushAll().slice(1)).toEqual(['flushed']);
    expect(disk.durableHardState.term).toBe(1);
  });

  it('fails nothing when it is healed, not the write under way either', () => {
    disk.failOnce();
    disk.write([WRITE], () => told.push('flushed'));
    disk.heal();
    expect(flushAll()).toEqual(['flushed']);
    expect(disk.durableHardState.term).toBe(1);
  });
});
