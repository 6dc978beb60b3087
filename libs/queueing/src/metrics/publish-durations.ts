import { Histogram, register } from 'prom-client';
import { PUBLISH_BUCKETS_S } from './limits.js';
import { TopicLabels } from './topic-labels.js';

const NAME = 'sinkron_queue_publish_seconds';
const MS_PER_SECOND = 1_000;

/** How long publishes take at the node that was asked. */
export class PublishDurations {
  private readonly labels = new TopicLabels();
  private readonly histogram: Histogram<'topic'>;

  constructor() {
    // Two nodes in one process, as in tests, share the registry: the younger one is shown.
    register.removeSingleMetric(NAME);
    this.histogram = new Histogram({
      name: NAME,
      help: 'Time from a publish to its answer, at the node that was asked.',
      labelNames: ['topic'],
      buckets: [...PUBLISH_BUCKETS_S],
      registers: [register],
    });
  }

  observe(topic: string, elapsedMs: number): void {
    this.histogram.observe(this.labels.of(topic), elapsedMs / MS_PER_SECOND);
  }
}
