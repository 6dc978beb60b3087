/** What a channel carries while its connection is ready. */
export interface ChannelSender {
  /** The connection is gone; called once, and nothing is sent after it. */
  disconnected(): void;
}
