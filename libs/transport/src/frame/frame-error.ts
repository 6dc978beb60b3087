/** Bytes from a peer that are no frame of ours; the connection they came on is destroyed. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}
