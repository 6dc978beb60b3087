import { encode } from '@sinkron/consensus';
import { Prng } from '../random/prng.js';
import { Trace } from '../world/trace.js';
import { World } from '../world/world.js';
import { drawDiskOptions } from './disk-options.js';
import { StateDisk } from './state-disk.js';

const STAGE_US_MAX = 600_000_000;
const POINT = { index: 7, term: 2, timeMs: 0 };

/** Parts of a snapshot follow one another, and the slow disk is healed after the first. */
describe('StateDisk', () => {
  it('is healed for a snapshot that is under way too', () => {
    const world = new World(new Trace(null));
    const options = { ...drawDiskOptions(new Prng(1)), stageUsMax: STAGE_US_MAX };
    const disk = new StateDisk(world, new Prng(2), options);
    const view = disk.open(
      (run) => run(),
      () => {},
    );
    const sink = view.beginInstall(POINT);
    const stagedUs: number[] = [];
    const stage = (sequence: number): void => {
      const row = ['table', `key ${sequence}`, Uint8Array.of(sequence)];
      const part = Uint8Array.from(encode([POINT.index, POINT.term, sequence, [row]]));
      const fromUs = world.nowUs;
      sink.write(part, () => stagedUs.push(world.nowUs - fromUs));
      while (stagedUs.length <= sequence && world.next());
    };
    stage(0);
    disk.heal();
    for (const sequence of [1, 2, 3, 4, 5]) stage(sequence);
    expect(stagedUs).toHaveLength(6);
    expect(stagedUs[0]).toBeGreaterThan(5000);
    expect(Math.max(...stagedUs.slice(1))).toBeLessThan(5000);
  });
});
