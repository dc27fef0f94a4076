"""`sluice classify FILE`: one text, judged as the pipeline would judge it."""
import gzip
import unittest

import harness

TITLE = "Every school to keep naloxone"
TEXT = """Every public high school in the state must keep naloxone from next autumn under a rule that the board of education adopted on Wednesday.
The rule follows a year in which 61 residents under nineteen died of opioid overdoses, nearly all of them after taking counterfeit pills that contained
fentanyl. The health department will pay for the first two years.
"""


class ClassifyTest(harness.Case):
    def setUp(self):
        super().setUp()
        self.story = self.folder / "story.txt"
        self.story.write_text(TEXT, encoding="utf-8")

    def test_a_text_whose_language_is_not_stated_has_the_score_of_its_language(self):
        told = harness.run("classify", self.story, "--title", TITLE).stdout
        self.assertEqual(told, harness.run("classify", self.story, "--title", TITLE, "--language", "en").stdout)
        self.assertNotEqual(told, harness.run("classify", self.story, "--title", TITLE, "--language", "de").stdout)

    def test_a_text_may_be_packed_or_come_by_standard_input(self):
        told = harness.run("classify", self.story).stdout
        packed = self.folder / "story.txt.gz"
        packed.write_bytes(gzip.compress(TEXT.encode()))
        self.assertEqual(harness.run("classify", packed).stdout, told)
        self.assertEqual(harness.run("classify", "-", input=TEXT).stdout, told)

    def test_of_a_page_the_article_is_judged_whether_it_is_a_file_or_an_address(self):
        paragraphs = "".join(f"<p>{line}</p>" for line in TEXT.splitlines())
        page = f"<html lang=en><head><title>{TITLE}</title></head><body><nav><a href=/>Home</a></nav><article><h1>{TITLE}</h1>{paragraphs}</article></body></html>"
        path = self.folder / "page.html"
        path.write_text(page)
        told = harness.run("classify", path).stdout
        self.assertIn(f"title: {TITLE}\n", told)
        self.assertRegex(told, "fentanyl-policy: score 0.[6-9]")
        web = self.web()
        web.pages["/a"] = (200, "text/html", page.encode())
        self.assertEqual(harness.run("classify", web.base + "/a", "--allow-private-addresses").stdout, told)

    def test_the_document_may_follow_the_topic(self):
        topic = harness.ROOT / "topics/wildfire-policy.yaml"
        self.assertTrue(harness.run("classify", "--topic", topic, self.story).stdout.startswith("wildfire-policy: score 0.0"))


if __name__ == "__main__":
    unittest.main()
