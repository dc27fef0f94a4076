"""The demo, which is the first thing that anybody runs, shows what it should and ends with status 0."""
import re
import subprocess
import sys
import unittest

import harness


@unittest.skipUnless(harness.PROGRAM == harness.ROOT / "build/release/bin/sluice", "the demo runs the release build")
class DemoTest(harness.Case):
    def show(self, *arguments):
        done = subprocess.run([sys.executable, str(harness.ROOT / "deploy/demo/demo.py"), "--once", "--interval", "0.3", *arguments],
                              capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        published = re.findall(r"^\[published\] (.*)$", done.stdout, re.M)
        self.assertGreaterEqual(len(published), 7, done.stdout)
        self.assertIn("Senate panel backs bill to schedule fentanyl precursor chemicals", published)
        self.assertRegex(done.stdout, r"(?m)^\[copied\] .*tariffs")
        self.assertNotIn("peach", "".join(published))
        for reason in ("robots_disallowed", "http_error", "off_topic"):
            self.assertIn(reason, done.stdout)
        for junk in ("cookies", "newsletter", "Share on", "All rights reserved"):
            self.assertNotIn(junk, done.stdout.split("Dropped on the way:")[0])

    def test_in_one_process(self):
        self.show()

    def test_as_five_processes_over_kafka(self):
        self.show("--kafka")


if __name__ == "__main__":
    unittest.main(verbosity=2)
