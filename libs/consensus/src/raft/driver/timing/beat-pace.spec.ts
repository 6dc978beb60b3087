import { BeatPace } from './beat-pace.js';

describe('BeatPace', () => {
  const due = (pace: BeatPace, beats: readonly number[]) =>
    beats.filter((beat) => pace.isDue(beat));

  it('has the same beats due for all, whenever they begin', () => {
    expect(due(new BeatPace(4), [1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual([1, 4, 8]);
    expect(due(new BeatPace(4), [3, 4, 5, 6, 7, 8, 9])).toEqual([3, 4, 8]);
  });

  it('makes up for one that did not come at the next', () => {
    expect(due(new BeatPace(4), [4, 5, 6, 7, 9, 10, 11, 12])).toEqual([4, 9, 12]);
  });

  it('goes on while the clock stands still', () => {
    expect(due(new BeatPace(4), [8, 8, 8, 8, 8, 8, 8, 8, 8])).toHaveLength(3);
  });

  it('leaves out no more than before when the clock is set back', () => {
    expect(due(new BeatPace(4), [9, 10, 8, 9, 10, 11, 12])).toEqual([9, 10, 12]);
  });
});
