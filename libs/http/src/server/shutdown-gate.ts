import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Whether this node has begun to stop, and so takes no new requests. */
@Injectable()
export class ShutdownGate implements OnModuleDestroy {
  private closing = false;

  /** Nest calls this on every module before it closes the server, which serves on until then. */
  onModuleDestroy(): void {
    this.closing = true;
  }

  get isClosing(): boolean {
    return this.closing;
  }
}
