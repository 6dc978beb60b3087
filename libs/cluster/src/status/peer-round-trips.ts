import { Injectable } from '@nestjs/common';
import type { NodeId } from '@sinkron/config';
import type { PeerMetrics } from '@sinkron/transport';
import { Histogram, register } from 'prom-client';

const NAME = 'sinkron_peer_round_trip_seconds';
const BUCKETS_SECONDS = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];

/** How long pings to the peers take. */
@Injectable()
export class PeerRoundTrips implements PeerMetrics {
  private readonly histogram: Histogram<'peer'>;

  constructor() {
    // The registry is one for the process; a test that makes several nodes keeps the latest one's.
    register.removeSingleMetric(NAME);
    this.histogram = new Histogram({
      name: NAME,
      help: 'Round trip of pings between nodes, by peer.',
      labelNames: ['peer'],
      buckets: BUCKETS_SECONDS,
      registers: [register],
    });
  }

  observeRoundTrip(peer: NodeId, seconds: number): void {
    this.histogram.observe({ peer }, seconds);
  }
}
