import { StateDisk } from '../../disk/state-disk.js';

/** Loses the results of commands in a crash: what is applied then is applied once more. */
export class ForgetfulStateDisk extends StateDisk {
  override crash(): void {
    super.crash();
    const kept = [...this.stored.tables].filter(([name]) => !name.startsWith('proposers.results'));
    this.stored = { ...this.stored, tables: new Map(kept) };
  }
}
