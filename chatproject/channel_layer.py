"""The Redis channel layer, with pipelined sends to many groups."""

from collections.abc import Sequence
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer


class PipelinedChannelLayer(RedisPubSubChannelLayer):  # type: ignore[misc]  # channels_redis has no types
    """A `RedisPubSubChannelLayer` that publishes the events of a group commit, one per room, in one round trip.

    Published one by one, each event would cost a round trip during which this process publishes nothing else, and more
    processor time than the message itself.
    """

    async def group_send_many(self, events: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Call `group_send(group, message)` for each of these pairs in one pipeline, in order for each host."""
        layer = self._get_layer()
        by_shard: dict[Any, list[tuple[str, bytes]]] = {}
        for group, message in events:
            channel = layer._get_group_channel_name(group)
            by_shard.setdefault(layer._get_shard(channel), []).append((channel, self.serialize(message)))
        for shard, messages in by_shard.items():
            async with shard._lock:
                shard._ensure_redis()
                async with shard._redis.pipeline(transaction=False) as pipeline:
                    for channel, data in messages:
                        pipeline.publish(channel, data)
                    await pipeline.execute()
