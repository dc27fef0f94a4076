"""Reads Sluice's topics from Kafka as an outsider does: committed records alone, decoded with our protos, recorded times left out."""
import json
import time

import confluent_kafka
import harness

MESSAGES = {"crawl-targets": ("crawl_target", "CrawlTarget"), "raw-pages": ("raw_page", "RawPage"), "documents": ("document", "Document"),
            "deduped": ("deduped_document", "DedupedDocument"), "clean": ("feed_item", "FeedItem"), "outcomes": ("outcome", "Outcome"),
            "dead-letters": ("dead_letter", "DeadLetter"), "sources": ("source_health", "SourceHealth")}
# When something was recorded differs from run to run; all else must not.
RECORDED_TIMES = {"time", "acceptedAt", "fetchedAt", "publishedAt", "offset"}
HEARTBEAT_KEY = b"~heartbeat"


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(part) for key, part in value.items() if key not in RECORDED_TIMES}
    if isinstance(value, list):
        return [without_times(part) for part in value]
    return value


class Reader:
    def __init__(self, address, prefix):
        self.address, self.prefix = address, prefix
        harness.python_protos()

    def _records(self, topic):
        consumer = confluent_kafka.Consumer({"bootstrap.servers": self.address, "group.id": "outsider", "isolation.level": "read_committed",
                                             "enable.auto.commit": False, "auto.offset.reset": "error", "enable.partition.eof": True})
        name = self.prefix + topic
        partitions = consumer.list_topics(name, timeout=20).topics[name].partitions
        consumer.assign([confluent_kafka.TopicPartition(name, p, 0) for p in partitions])
        records, open_partitions = {p: [] for p in partitions}, set(partitions)
        deadline = time.monotonic() + 60
        while open_partitions:
            if time.monotonic() > deadline:
                raise AssertionError(f"{name} cannot be read to its end")
            for message in consumer.consume(1000, timeout=0.2):
                if message.error():
                    if message.error().code() != confluent_kafka.KafkaError._PARTITION_EOF:
                        raise AssertionError(str(message.error()))
                    open_partitions.discard(message.partition())
                elif message.key() != HEARTBEAT_KEY:
                    records[message.partition()].append(message.value())
        consumer.close()
        return [record for partition in sorted(records) for record in records[partition]]

    def _decode(self, topic, value):
        import importlib

        from google.protobuf import json_format

        module, name = MESSAGES[topic]
        message = getattr(importlib.import_module(f"sluice.data.v1.{module}_pb2"), name)()
        message.ParseFromString(value)
        return json.loads(json_format.MessageToJson(message))

    def read(self, topics):
        """{topic: [message]} by partition, in order."""
        return {topic: [without_times(self._decode(topic, value)) for value in self._records(topic)] for topic in topics}

    def count_final(self):
        """How many pages have ended."""
        return sum(1 for value in self._records("outcomes") if self._decode("outcomes", value).get("final"))
