import type { TopicConfiguration } from '../core/commands/topic-configuration.js';
import { DEFAULT_TOPIC_CONFIGURATION } from '../core/commands/topic-configuration.js';
import type { TopicView } from '../core/commands/topic-query.js';
import type {
  TopicConfigurationAnswer,
  TopicDetail,
  TopicSummary,
} from '../dto/answers/topic-answers.js';
import type { ConfigureTopicDto } from '../dto/configure-topic.dto.js';
import type { TopicPlaces } from '../store/topic-places.js';

/** What a validated body configures: everything that it leaves out has its default. */
export function configurationOf(body: ConfigureTopicDto): TopicConfiguration {
  const { backoff = null, ...fields } = body;
  const configuration = { ...DEFAULT_TOPIC_CONFIGURATION, ...sent(fields) };
  if (backoff === null) return { ...configuration, backoff };
  const { initialMs, multiplier, maxMs } = backoff;
  return { ...configuration, backoff: { initialMs, multiplier, maxMs } };
}

/** The same the other way round. */
export function configurationAnswer(configuration: TopicConfiguration): TopicConfigurationAnswer {
  const { backoff, maxAgeMs, maxMessages, maxBytes, deadLetterTopic, ...others } = configuration;
  return {
    ...others,
    ...(backoff === null ? {} : { backoff }),
    ...(maxAgeMs === null ? {} : { maxAgeMs }),
    ...(maxMessages === null ? {} : { maxMessages }),
    ...(maxBytes === null ? {} : { maxBytes }),
    ...(deadLetterTopic === null ? {} : { deadLetterTopic }),
  };
}

export function topicSummary({ configuration, ...view }: TopicView): TopicSummary {
  return { ...view, configuration: configurationAnswer(configuration) };
}

export function topicDetail(view: TopicView, places: TopicPlaces): TopicDetail {
  const { topic, configuration, ...counts } = view;
  return {
    topic,
    shard: places.shardOf(topic),
    owner: places.ownerOf(topic),
    ...counts,
    configuration: configurationAnswer(configuration),
  };
}

/** Without the fields of the class that were not sent. */
function sent<Fields extends object>(fields: Fields): Partial<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Fields>;
}
