"""`sluice classify FILE`: one text, judged as the pipeline would judge it."""
import pathlib
import tempfile
import unittest

import harness

TITLE = "Every school to keep naloxone"
TEXT = """Every public high school in the state must keep naloxone from next autumn under a rule that the board of education adopted on Wednesday.
The rule follows a year in which 61 residents under nineteen died of opioid overdoses, nearly all of them after taking counterfeit pills that contained
fentanyl. The health department will pay for the first two years.
"""


class ClassifyTest(unittest.TestCase):
    def test_a_text_whose_language_is_not_stated_has_the_score_of_its_language(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "story.txt"
            path.write_text(TEXT, encoding="utf-8")
            told = harness.run("classify", path, "--title", TITLE).stdout
            self.assertEqual(told, harness.run("classify", path, "--title", TITLE, "--language", "en").stdout)
            self.assertNotEqual(told, harness.run("classify", path, "--title", TITLE, "--language", "de").stdout)


if __name__ == "__main__":
    unittest.main()
