/** What stands in a group when all is over. */
export interface GroupAtEnd {
  readonly topic: string;
  readonly group: string;
  /** Values that it has not acknowledged. */
  readonly values: readonly string[];
  /** Values of the dead letters that were made of its messages. */
  readonly deadLetters: readonly string[];
  /** How many these are by the group's own count. */
  readonly deadLettered: number;
}
