"""Processes that share the shards among themselves: one dies, one comes, one goes, while documents flow; none is lost, none doubled."""
import json
import re
import unittest

import harness
from kill_test import DOCUMENTS, write_corpus
from topics import Reader

PARTITIONS = 4
PREFIX = "group."
# deboilerplate, fetch and classify-relevance have a shard a partition, dedupe one.
SHARDS = 3 * PARTITIONS + 1


def running(process):
    """The shards that the process runs, as "stage.shard". Replicas are everybody's."""
    found = (re.match(r'sluice_shard_state\{shard="(\d+)",stage="([^"]+)"\}', series) for series, state in process.metrics().items() if state == 4)
    return {f"{match.group(2)}.{match.group(1)}" for match in found if match and match.group(2) not in ("feed", "outcomes")}


def fenced(process):
    return sum(value for series, value in process.metrics().items() if series.startswith("sluice_shard_fenced_total"))


class GroupTest(harness.Case):
    def start(self, name):
        kafka = {**self.config["log"]["kafka"], "topic_prefix": PREFIX, "state_directory": str(self.folder / name),
                 "properties": {"session.timeout.ms": "6000"}}
        return self.serve({"log": {"kafka": kafka}, "runtime": {"ownership": "group"}}, name=name)

    def wait_shared(self, *processes):
        """Every shard runs, each in one process."""
        def shared():
            parts = [running(process) for process in processes]
            return sum(map(len, parts)) == SHARDS and len(set.union(*parts)) == SHARDS and all(parts) and parts
        return harness.wait_for(shared, "every shard in one process", 120, interval=0.3)

    def test_processes_come_go_and_die(self):
        broker = self.broker()
        self.config = self.kafka(broker, PARTITIONS)
        pages = self.folder / "pages.jsonl"
        write_corpus(pages)
        lines = pages.read_text().splitlines(keepends=True)

        def replay(process, part):
            path = self.folder / f"{part}.jsonl"
            path.write_text("".join(lines[part * DOCUMENTS // 4:(part + 1) * DOCUMENTS // 4]))
            process.cli("replay", str(path), timeout=300)

        one = self.start("one")
        self.wait_shared(one)
        two = self.start("two")
        self.wait_shared(one, two)
        replay(one, 0)
        two.kill()
        replay(one, 1)
        self.wait_shared(one)
        three = self.start("three")
        replay(one, 2)
        self.wait_shared(one, three)
        before = fenced(three)
        replay(three, 3)
        self.assertEqual(one.stop(), 0)
        self.wait_shared(three)
        self.assertEqual(fenced(three), before, "who leaves closes its shards first")
        reader = Reader(broker.address, PREFIX)
        harness.wait_for(lambda: reader.count_final() >= DOCUMENTS, "a final outcome of every page", 300, interval=0.5)

        contents = reader.read(["outcomes", "clean"])
        finals = [outcome["envelope"] for outcome in contents["outcomes"] if outcome.get("final")]
        self.assertEqual(sorted(final["url"] for final in finals), sorted(json.loads(line)["url"] for line in lines))
        self.assertEqual(len(contents["clean"]), sum(final["trail"][-1]["outcome"] == "STEP_OUTCOME_PASSED" for final in finals))
        self.assertEqual(three.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
