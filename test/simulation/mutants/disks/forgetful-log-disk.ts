import { LogDisk } from '../../disk/log-disk.js';

/** Finds the term again after a crash, but not who got the vote in it. */
export class ForgetfulLogDisk extends LogDisk {
  override load(): ReturnType<LogDisk['load']> {
    const found = super.load();
    return { ...found, hardState: { ...found.hardState, votedFor: null } };
  }
}
