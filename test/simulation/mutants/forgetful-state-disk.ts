import { StateDisk } from '../disk/state-disk.js';

/** Loses the results of commands in a crash: what is applied then is applied once more. */
export class ForgetfulStateDisk extends StateDisk {
  override crash(): void {
    super.crash();
    for (const name of this.tables.keys()) {
      if (name.startsWith('proposers.results')) this.tables.delete(name);
    }
  }
}
