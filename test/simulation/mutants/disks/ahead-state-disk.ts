import { StateDisk } from '../../disk/state-disk.js';

/** Writes the applied index at once and the data when it likes. */
export class AheadStateDisk extends StateDisk {
  override crash(): void {
    const appliedIndex = this.appliedIndexInMemory;
    super.crash();
    this.stored = { ...this.stored, appliedIndex };
  }
}
