#include "services/dedupe/seen_documents.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::dedupe {
namespace {

base::Hash128 Id(int number) { return base::HashBytes("id " + std::to_string(number)); }

SeenDocument Make(int number, int article, uint64_t url) {
  SeenDocument document;
  document.place.id = Id(number);
  document.place.article_id = document.place.cluster_id = Id(article);
  document.place.revision = number == article ? 1 : 2;
  document.place.relation = number == article ? Relation::kOriginal : Relation::kUpdate;
  document.urls = {url};
  document.content = base::HashBytes("text " + std::to_string(number));
  document.body = 7;
  document.extractor_version = 3;
  document.log = {.time = absl::FromUnixSeconds(number), .offset = static_cast<uint64_t>(number)};
  return document;
}

TEST(SeenDocumentsTest, FindsByIdUrlArticleAndContent) {
  SeenDocuments seen;
  EXPECT_EQ(seen.Add(Make(1, 1, 11)), 0U);
  EXPECT_EQ(seen.Add(Make(2, 2, 22)), 1U);
  EXPECT_EQ(seen.Add(Make(3, 1, 33)), 2U);
  EXPECT_EQ(seen.FindId(Id(2)), 1U);
  EXPECT_EQ(seen.FindUrl(11), 0U);
  EXPECT_EQ(seen.FindUrl(33), 2U);
  EXPECT_EQ(seen.FindArticle(Id(1)), 2U);  // The newest capture of it.
  EXPECT_EQ(seen.FindArticle(Id(2)), 1U);
  EXPECT_EQ(seen.FindContent(base::HashBytes("text 2")), 1U);
  EXPECT_FALSE(seen.FindId(Id(9)).has_value());
  EXPECT_FALSE(seen.FindUrl(99).has_value());
  SeenDocument again = Make(4, 4, 44);
  again.content = base::HashBytes("text 2");
  seen.Add(again);
  EXPECT_EQ(seen.FindContent(again.content), 1U) << "the oldest";
  again.place.id = Id(5);
  again.urls = {55, 56, 57};
  seen.Add(again);
  EXPECT_EQ(seen.FindUrl(57), 4U);
  EXPECT_EQ(seen.FindUrl(44), 3U) << "passes over those of other URLs";
}

TEST(SeenDocumentsTest, GivesBackWhatItWasGiven) {
  SeenDocuments seen;
  SeenDocument copy = Make(2, 1, 22);
  copy.place.of = Id(1);
  copy.place.similarity = 0.5;
  copy.place.shared_words = 70;
  copy.place.also_matches = {Id(5), Id(6)};
  copy.urls = {22, 23, 24};
  copy.gone = true;
  for (const SeenDocument& document : {Make(1, 1, 11), copy}) {
    const SeenDocument got = seen.Get(seen.Add(document));
    EXPECT_EQ(got.place.id, document.place.id);
    EXPECT_EQ(got.place.article_id, document.place.article_id);
    EXPECT_EQ(got.place.of, document.place.of);
    EXPECT_EQ(got.place.similarity, document.place.similarity);
    EXPECT_EQ(got.place.shared_words, document.place.shared_words);
    EXPECT_EQ(got.place.also_matches, document.place.also_matches);
    EXPECT_EQ(got.urls, document.urls);
    EXPECT_EQ(got.content, document.content);
    EXPECT_EQ(got.body, document.body);
    EXPECT_EQ(got.extractor_version, document.extractor_version);
    EXPECT_EQ(got.gone, document.gone);
    EXPECT_EQ(got.log.time, document.log.time);
    EXPECT_EQ(got.log.offset, document.log.offset);
  }
}

TEST(SeenDocumentsTest, ForgetsTheOldestAndNothingElse) {
  SeenDocuments seen;
  for (int i = 0; i < 1000; ++i) seen.Add(Make(i, i, static_cast<uint64_t>(i) + 1));
  for (int i = 0; i < 400; ++i) seen.Forget();
  EXPECT_EQ(seen.begin(), 400U);
  EXPECT_FALSE(seen.FindId(Id(399)).has_value());
  EXPECT_FALSE(seen.FindUrl(400).has_value());
  EXPECT_EQ(seen.FindId(Id(400)), 400U);
  EXPECT_EQ(seen.FindUrl(1000), 999U);
}

}  // namespace
}  // namespace sluice::dedupe
