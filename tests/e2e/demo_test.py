"""The demo, which is the first thing that anybody runs, shows what it should, however slow the machine is, and ends with status 0."""
import re
import subprocess
import sys
import unittest

import harness

sys.path.insert(0, str(harness.ROOT / "deploy/demo"))
import demo  # noqa: E402

URL = "http://127.0.1.1/2026/story.html"
SHOW_SECONDS_MAX = 280


def told(*outcomes, final=True, time="2026-11-22T12:00:05.708187109Z"):
    """What explain answers of a page that has been through fetch and so on with these outcomes."""
    stages = zip(harness.STAGES, outcomes)
    return {"id": "a" * 32, "final": final, "outcomes": [{"stage": stage, "outcome": outcome, "time": time} for stage, outcome in stages]}


class EndTest(unittest.TestCase):
    """What a page's end waits for."""

    ASKED = "2026-11-22T12:00:05.700000+00:00"

    def find(self, asked, answer, shown=()):
        return demo.find_outstanding(URL, asked, answer, shown)

    def test_waits_for_a_page_that_nobody_asked_for(self):
        self.assertIn("asked for", self.find(None, told("passed", "dropped")))

    def test_waits_for_a_page_that_nothing_is_known_of(self):
        self.assertIn("never seen", self.find(self.ASKED, "never seen"))

    def test_waits_for_a_page_in_work(self):
        self.assertIn("deboilerplate", self.find(self.ASKED, told("passed", "passed", final=False)))

    def test_waits_for_the_outcome_of_the_last_version(self):
        self.assertIn("last version", self.find("2026-11-22T12:00:05.800000+00:00", told("passed", "passed", "passed", "passed"), ["a" * 32]))

    def test_waits_for_a_published_item_to_come(self):
        self.assertIn("yet to come", self.find(self.ASKED, told("passed", "passed", "passed", "passed")))
        self.assertEqual(self.find(self.ASKED, told("passed", "passed", "passed", "passed"), ["a" * 32]), "")

    def test_waits_no_longer_for_what_was_dropped(self):
        self.assertEqual(self.find(self.ASKED, told("passed", "dropped")), "")
        self.assertEqual(self.find("", told("dropped")), "")


@unittest.skipUnless(harness.PROGRAM == harness.ROOT / "build/release/bin/sluice", "the demo runs the release build")
class DemoTest(harness.Case):
    def run_demo(self, *arguments):
        child = subprocess.Popen([sys.executable, str(harness.ROOT / "deploy/demo/demo.py"), "--once", "--interval", "0.3", *arguments],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            output, errors = child.communicate(timeout=SHOW_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            child.terminate()  # It ends its processes.
            output, errors = child.communicate()
        self.assertEqual(child.returncode, 0, output + errors)
        return output

    def show(self, *arguments):
        output = self.run_demo(*arguments)
        published = re.findall(r"^\[published\] (.*)$", output, re.M)
        self.assertGreaterEqual(len(published), 7, output)
        self.assertIn("Senate panel backs bill to schedule fentanyl precursor chemicals", published, output)
        self.assertRegex(output, r"(?m)^\[copied\] .*tariffs")
        self.assertNotIn("peach", "".join(published), output)
        for reason in ("robots_disallowed", "http_error", "off_topic"):
            self.assertIn(reason, output)
        for junk in ("cookies", "newsletter", "Share on", "All rights reserved"):
            self.assertNotIn(junk, output.split("Dropped on the way:")[0])
        return published

    def test_in_one_process(self):
        self.show()

    def test_as_five_processes_over_kafka(self):
        self.show("--kafka")

    def test_waits_for_a_page_that_comes_long_after_all_others(self):
        self.assertIn("Fentanyl commissioner sets out joint plan against synthetic opioids", self.show("--slow", "12"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
