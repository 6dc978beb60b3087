/** Injects the `TopicStore` of this node. */
export const TOPIC_STORE = Symbol('TopicStore');

/** Injects the `TopicPlaces` of this node. */
export const TOPIC_PLACES = Symbol('TopicPlaces');
