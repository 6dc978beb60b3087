import type { TopicConfiguration } from '../commands/topic-configuration.js';
import type { GroupView, MessageStateInGroup } from '../commands/topic-query.js';

export interface PicturedMessage {
  readonly sequence: number;
  readonly priority: number;
  readonly key: string | null;
  readonly body: string;
  readonly deliverAtMs: number | null;
  readonly expiresAtMs: number | null;
  readonly groups: readonly MessageStateInGroup[];
}

export interface PicturedGroup {
  readonly view: GroupView;
  readonly pending: readonly unknown[];
  /** Sequences of messages, by their state. */
  readonly listed: Readonly<Record<'ready' | 'delayed' | 'in-flight', readonly number[]>>;
}

/** All that can be seen of a topic, in plain values. */
export interface TopicPicture {
  readonly topic: string;
  readonly configuration: TopicConfiguration;
  readonly messages: number;
  readonly bytes: number | null;
  readonly delayed: number;
  readonly stored: readonly PicturedMessage[];
  readonly groups: readonly PicturedGroup[];
}

/**
 * Without what is free: what a group remembers of messages that it has acknowledged, and the age of the
 * oldest that is ready where some are blocked behind their keys.
 */
export function comparable(picture: TopicPicture): TopicPicture {
  const stored = picture.stored.map((message) => {
    const groups = message.groups.map(({ group, state, deliveries, visibleAtMs }) => {
      return {
        group,
        state,
        deliveries: state === 'acknowledged' ? 0 : deliveries,
        visibleAtMs: state === 'in-flight' ? visibleAtMs : null,
      };
    });
    return { ...message, groups };
  });
  const groups = picture.groups.map((pictured) => {
    const { view } = pictured;
    const isBlocked = stored.some((message) => {
      return message.groups.some(({ group, state }) => group === view.group && state === 'blocked');
    });
    return isBlocked ? { ...pictured, view: { ...view, oldestReadyAgeMs: null } } : pictured;
  });
  return { ...picture, stored, groups };
}
