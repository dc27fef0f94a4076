#include "services/dedupe/deduper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/ascii.h"
#include "pipeline/base/strings.h"
#include "services/dedupe/page_address.h"
#include "tests/unit/dedupe/sample_texts.h"

namespace sluice::dedupe {
namespace {

const absl::Time kStart = absl::FromCivil(absl::CivilDay(2026, 3, 2), absl::UTCTimeZone());

struct Page {
  std::string id;
  std::string url;
  std::string title;
  std::string text;
  absl::Time date = absl::InfinitePast();
  uint32_t extractor_version = 1;
  bool gone = false;
};

// A Deduper under a log of its own.
class Desk {
 public:
  explicit Desk(const DedupeOptions& options = {})
      : fingerprinter_(options.fingerprint), deduper_(options) {}

  Ruling Take(const Page& page) {
    Arrival arrival;
    arrival.id = Id(page.id);
    if (const uint64_t url = HashUrl(page.url)) arrival.urls = {url};
    arrival.date = page.date;
    arrival.extractor_version = page.extractor_version;
    arrival.gone = page.gone;
    fingerprinter_.Make(page.title, page.text, arrival.fingerprint);
    const Ruling ruling = deduper_.Decide(arrival, now);
    const LogPlace log{.time = now, .offset = offset_++};
    if (ruling.kind == Ruling::Kind::kNew || ruling.kind == Ruling::Kind::kGone) {
      deduper_.Remember(deduper_.Describe(arrival, ruling.place, log), arrival, now);
    } else if (const auto again = deduper_.Refreshed(ruling, log)) {
      deduper_.LoadDocument(*again);
    }
    return ruling;
  }

  static base::Hash128 Id(std::string_view id) { return base::HashBytes(id); }
  const Deduper& deduper() const { return deduper_; }

  absl::Time now = kStart;

 private:
  Fingerprinter fingerprinter_;
  Deduper deduper_;
  uint64_t offset_ = 0;
};

TEST(DeduperTest, GivesAnOriginalItsOwnArticleAndCluster) {
  Desk desk;
  SampleTexts texts(1);
  const Ruling ruling = desk.Take({.id = "a",
                                   .url = "https://x.example/1",
                                   .title = texts.Title(),
                                   .text = texts.Article(200)});
  EXPECT_EQ(ruling.kind, Ruling::Kind::kNew);
  EXPECT_EQ(ruling.place.relation, Relation::kOriginal);
  EXPECT_EQ(ruling.place.article_id, Desk::Id("a"));
  EXPECT_EQ(ruling.place.cluster_id, Desk::Id("a"));
  EXPECT_EQ(ruling.place.revision, 1U);
}

TEST(DeduperTest, NamesTheTwinOfAnAbridgedCopyAndOfAnExactOne) {
  Desk desk;
  SampleTexts texts(2);
  const std::string title = texts.Title();
  const std::string text = texts.Article(300);
  desk.Take({.id = "a", .url = "https://x.example/1", .title = title, .text = text});
  const Ruling cut = desk.Take({.id = "b",
                                .url = "https://y.example/2",
                                .title = title,
                                .text = SampleTexts::Abridged(text, 0.5) + " Read on."});
  EXPECT_EQ(cut.place.relation, Relation::kCopy);
  EXPECT_EQ(cut.place.cluster_id, Desk::Id("a"));
  EXPECT_EQ(cut.place.article_id, Desk::Id("b"));
  EXPECT_EQ(cut.place.of, Desk::Id("a"));
  EXPECT_GT(cut.place.similarity, 0.95);
  EXPECT_GT(cut.place.shared_words, 140U);
  const Ruling exact =
      desk.Take({.id = "c", .url = "https://z.example/3", .title = title, .text = text + "\n"});
  EXPECT_EQ(exact.place.relation, Relation::kExact);
  EXPECT_EQ(exact.place.of, Desk::Id("a"));
  EXPECT_EQ(exact.place.similarity, 1);
}

TEST(DeduperTest, TakesANewTextUnderTheSameUrlForARevision) {
  Desk desk;
  SampleTexts texts(3);
  const std::string title = texts.Title();
  const std::string text = texts.Article(200);
  desk.Take({.id = "a", .url = "https://x.example/1", .title = title, .text = text});
  const Ruling second = desk.Take({.id = "b",
                                   .url = "http://www.x.example/1/",
                                   .title = title,
                                   .text = texts.Sentence() + " " + text});
  EXPECT_EQ(second.kind, Ruling::Kind::kNew);
  EXPECT_EQ(second.place.relation, Relation::kUpdate);
  EXPECT_EQ(second.place.revision, 2U);
  EXPECT_EQ(second.place.article_id, Desk::Id("a"));
  EXPECT_EQ(second.place.cluster_id, Desk::Id("a"));
  EXPECT_EQ(second.place.of, Desk::Id("a"));
  EXPECT_GT(second.place.similarity, 0.95);
  EXPECT_GE(second.place.shared_words, 200U);
  const Ruling third = desk.Take(
      {.id = "c", .url = "https://x.example/1", .title = title, .text = text + texts.Sentence()});
  EXPECT_EQ(third.place.revision, 3U);
  EXPECT_EQ(third.place.of, Desk::Id("b"));
  EXPECT_EQ(third.place.article_id, Desk::Id("a"));
}

TEST(DeduperTest, TellsUnchangedAndRedelivered) {
  Desk desk;
  SampleTexts texts(4);
  const Page page{
      .id = "a", .url = "https://x.example/1", .title = texts.Title(), .text = texts.Article(100)};
  const Ruling first = desk.Take(page);
  const Ruling again = desk.Take(page);
  EXPECT_EQ(again.kind, Ruling::Kind::kRedelivered);
  EXPECT_EQ(again.place.relation, first.place.relation);
  Page resaved = page;
  resaved.id = "b";
  const Ruling unchanged = desk.Take(resaved);
  EXPECT_EQ(unchanged.kind, Ruling::Kind::kUnchanged);
  EXPECT_EQ(unchanged.place.relation, Relation::kExact);
  EXPECT_EQ(unchanged.place.cluster_id, Desk::Id("a"));
  EXPECT_EQ(unchanged.place.of, Desk::Id("a"));
  EXPECT_EQ(unchanged.place.similarity, 1);
  EXPECT_GE(unchanged.place.shared_words, 100U);
}

TEST(DeduperTest, TakesNoNewExtractorForAnUpdate) {
  Desk desk;
  SampleTexts texts(5);
  const std::string text = texts.Article(200);
  Page page{.id = "a", .url = "https://x.example/1", .title = "t", .text = text};
  desk.Take(page);
  page.id = "b";
  page.text += " Share this.";
  page.extractor_version = 2;
  EXPECT_EQ(desk.Take(page).kind, Ruling::Kind::kUnchanged);
  page.id = "c";
  page.text = SampleTexts::Abridged(text, 0.5) + texts.Article(100);
  EXPECT_EQ(desk.Take(page).place.relation, Relation::kUpdate);
}

TEST(DeduperTest, TakesAnotherStoryUnderAReusedUrlForANewArticle) {
  Desk desk;
  SampleTexts texts(6);
  const std::string url = "https://x.example/live";
  desk.Take({.id = "a", .url = url, .title = texts.Title(), .text = texts.Article(150)});
  const Ruling other =
      desk.Take({.id = "b", .url = url, .title = "Elsewhere today", .text = texts.Article(150)});
  EXPECT_EQ(other.place.relation, Relation::kOriginal);
  EXPECT_EQ(other.place.article_id, Desk::Id("b"));
  const Ruling rewritten =
      desk.Take({.id = "c", .url = url, .title = "Elsewhere today", .text = texts.Article(150)});
  EXPECT_EQ(rewritten.place.relation, Relation::kUpdate) << "under the same title";
  EXPECT_EQ(rewritten.place.article_id, Desk::Id("b"));
  EXPECT_LT(rewritten.place.similarity, 0.2);
}

constexpr char kBox[] =
    "Log in to your account to read on. Not a subscriber yet? Subscribe to our newsletter and "
    "register your email for unlimited digital access. Cancel your subscription at any time.";

TEST(DeduperTest, TakesNoSignUpBoxForAnUpdateOrACopy) {
  Desk desk;
  SampleTexts texts(7);
  desk.Take(
      {.id = "a", .url = "https://x.example/1", .title = "One thing", .text = texts.Article(150)});
  EXPECT_EQ(
      desk.Take({.id = "b", .url = "https://x.example/1", .title = "One thing", .text = kBox}).kind,
      Ruling::Kind::kUnchanged);
  for (const std::string id : {"c", "d", "e"}) {
    const Ruling ruling =
        desk.Take({.id = id, .url = "https://x.example/" + id, .title = "Same", .text = kBox});
    EXPECT_EQ(ruling.place.relation, Relation::kOriginal) << id;
  }
}

TEST(DeduperTest, PassesOnThatAPageIsGoneAndThatItIsBack) {
  Desk desk;
  SampleTexts texts(8);
  const std::string url = "https://x.example/1";
  const std::string text = texts.Article(100);
  EXPECT_EQ(desk.Take({.id = "g0", .url = url, .title = "", .text = "", .gone = true}).kind,
            Ruling::Kind::kUnknownGone);
  desk.Take({.id = "a", .url = url, .title = "t", .text = text});
  const Ruling gone = desk.Take({.id = "g", .url = url, .title = "", .text = "", .gone = true});
  EXPECT_EQ(gone.kind, Ruling::Kind::kGone);
  EXPECT_EQ(gone.place.article_id, Desk::Id("a"));
  EXPECT_EQ(gone.place.cluster_id, Desk::Id("a"));
  EXPECT_EQ(desk.Take({.id = "g2", .url = url, .title = "", .text = "", .gone = true}).kind,
            Ruling::Kind::kRedelivered);
  const Ruling back = desk.Take({.id = "b", .url = url, .title = "t", .text = text});
  EXPECT_EQ(back.kind, Ruling::Kind::kNew);
  EXPECT_EQ(back.place.relation, Relation::kUpdate);
  EXPECT_EQ(back.place.revision, 2U);
}

// Where the page was, the site asks its readers to sign up.
TEST(DeduperTest, TakesNoBoxForTheReturnOfAnArticleThatIsGone) {
  Desk desk;
  SampleTexts texts(17);
  const std::string url = "https://x.example/1";
  const Page article = {.id = "a", .url = url, .title = texts.Title(), .text = texts.Article(100)};
  const Page gone = {.id = "g", .url = url, .title = "", .text = "", .gone = true};
  desk.Take(article);
  desk.Take(gone);
  EXPECT_EQ(desk.Take({.id = "b", .url = url, .title = article.title, .text = kBox}).kind,
            Ruling::Kind::kUnchanged);
  EXPECT_EQ(desk.Take(gone).kind, Ruling::Kind::kRedelivered) << "it is still gone";
  const Ruling back = desk.Take(article);
  EXPECT_EQ(back.kind, Ruling::Kind::kNew);
  EXPECT_EQ(back.place.article_id, Desk::Id("a"));
  EXPECT_EQ(back.place.revision, 2U);
}

TEST(DeduperTest, TakesABoxForTheReturnOfWhatWasThatVeryBox) {
  Desk desk;
  const Page box = {.id = "a", .url = "https://x.example/1", .title = "t", .text = kBox};
  desk.Take(box);
  desk.Take({.id = "g", .url = box.url, .title = "", .text = "", .gone = true});
  const Ruling back = desk.Take({.id = "b", .url = box.url, .title = "t", .text = kBox});
  EXPECT_EQ(back.kind, Ruling::Kind::kNew);
  EXPECT_EQ(back.place.article_id, Desk::Id("a"));
}

TEST(DeduperTest, TellsNothingOfAGonePageButItsArticle) {
  Desk desk;
  SampleTexts texts(14);
  const std::string title = texts.Title();
  const std::string first = texts.Article(200);
  const std::string second = texts.Article(150);
  desk.Take({.id = "a", .url = "https://x.example/1", .title = title, .text = first});
  desk.Take({.id = "b", .url = "https://y.example/2", .title = title, .text = second});
  const std::string url = "https://z.example/3";
  const Ruling both =
      desk.Take({.id = "c", .url = url, .title = title, .text = first + " " + second});
  ASSERT_FALSE(both.place.also_matches.empty());
  const Place gone =
      desk.Take({.id = "g", .url = url, .title = "", .text = "", .gone = true}).place;
  EXPECT_EQ(gone.id, Desk::Id("g"));
  EXPECT_EQ(gone.article_id, Desk::Id("c"));
  EXPECT_EQ(gone.cluster_id, both.place.cluster_id);
  EXPECT_EQ(gone.revision, 1U);
  EXPECT_EQ(gone.relation, Relation::kUpdate);
  EXPECT_EQ(gone.of, Desk::Id("c"));
  EXPECT_EQ(gone.similarity, 0);
  EXPECT_EQ(gone.shared_words, 0U);
  EXPECT_TRUE(gone.also_matches.empty());
}

TEST(DeduperTest, KnowsAnEarlyVersionThatIsBackThoughTheArticleHasDriftedFromIt) {
  Desk desk;
  SampleTexts texts(15);
  const std::string url = "https://x.example/1";
  std::vector<std::string> parts;
  for (int i = 0; i < 4; ++i) parts.push_back(texts.Article(100) + " ");
  const auto page = [&](std::string_view id, size_t part) {
    return Page{.id = std::string(id),
                .url = url,
                .title = texts.Title(),
                .text = parts[part] + parts[part + 1]};
  };
  const Page early = page("a", 0);
  desk.Take(early);
  EXPECT_EQ(desk.Take(page("b", 1)).place.article_id, Desk::Id("a"));
  EXPECT_EQ(desk.Take(page("c", 2)).place.article_id, Desk::Id("a"));
  desk.Take({.id = "g", .url = url, .title = "", .text = "", .gone = true});
  const Ruling back = desk.Take(early);
  EXPECT_EQ(back.kind, Ruling::Kind::kNew);
  EXPECT_EQ(back.place.article_id, Desk::Id("a"));
  EXPECT_EQ(back.place.relation, Relation::kUpdate);
  EXPECT_EQ(back.place.revision, 4U);
}

TEST(DeduperTest, NamesTheTwinOfWhichItHasTheGreatestShare) {
  for (const bool all_of_the_longer : {false, true}) {
    Desk desk;
    SampleTexts texts(16);
    const std::string title = texts.Title();
    const std::string longer = texts.Article(400);
    const std::string shorter = texts.Article(120);
    desk.Take({.id = "a", .url = "https://x.example/1", .title = title, .text = longer});
    desk.Take({.id = "b", .url = "https://y.example/2", .title = title, .text = shorter});
    const std::string text = all_of_the_longer ? longer + " " + SampleTexts::Abridged(shorter, 0.7)
                                               : SampleTexts::Abridged(longer, 0.6) + " " + shorter;
    const Ruling ruling =
        desk.Take({.id = "c", .url = "https://z.example/3", .title = title, .text = text});
    EXPECT_EQ(ruling.place.of, Desk::Id(all_of_the_longer ? "a" : "b"));
    EXPECT_EQ(ruling.place.cluster_id, ruling.place.of);
    EXPECT_GT(ruling.place.similarity, 0.95);
    EXPECT_EQ(ruling.place.shared_words > 200, all_of_the_longer);
    EXPECT_THAT(ruling.place.also_matches,
                testing::ElementsAre(Desk::Id(all_of_the_longer ? "b" : "a")));
  }
}

TEST(DeduperTest, NamesNoMoreFurtherClustersThanItMay) {
  DedupeOptions options;
  options.also_matches_max = 1;
  Desk desk(options);
  SampleTexts texts(17);
  const std::string title = texts.Title();
  std::string all;
  for (int i = 0; i < 3; ++i) {
    const std::string text = texts.Article(150);
    desk.Take({.id = fmt::format("{}", i),
               .url = fmt::format("https://x.example/{}", i),
               .title = title,
               .text = text});
    all += text + " ";
  }
  const Ruling ruling =
      desk.Take({.id = "c", .url = "https://z.example/3", .title = title, .text = all});
  EXPECT_EQ(ruling.place.relation, Relation::kCopy);
  EXPECT_THAT(ruling.place.also_matches, testing::SizeIs(1));
}

TEST(DeduperTest, NamesFurtherClustersThatATextResembles) {
  Desk desk;
  SampleTexts texts(9);
  const std::string title = texts.Title();
  const std::string first = texts.Article(200);
  const std::string second = texts.Article(150);
  desk.Take({.id = "a", .url = "https://x.example/1", .title = title, .text = first});
  desk.Take({.id = "b", .url = "https://y.example/2", .title = title, .text = second});
  const Ruling both = desk.Take(
      {.id = "c", .url = "https://z.example/3", .title = title, .text = first + " " + second});
  EXPECT_EQ(both.place.relation, Relation::kCopy);
  EXPECT_THAT(both.place.also_matches, testing::SizeIs(1));
  EXPECT_NE(both.place.also_matches[0], both.place.cluster_id);
}

TEST(DeduperTest, ForgetsByLogTimeAndNotBefore) {
  DedupeOptions options;
  options.text_memory = absl::Hours(48);
  options.document_memory = absl::Hours(96);
  Desk desk(options);
  SampleTexts texts(10);
  const std::string title = texts.Title();
  const std::string text = texts.Article(300);
  const auto cut = [&](std::string_view id) {
    return Page{.id = std::string(id),
                .url = fmt::format("https://{}.example/1", id),
                .title = title,
                .text = SampleTexts::Abridged(text, 0.6)};
  };
  desk.Take({.id = "a", .url = "https://x.example/1", .title = title, .text = text});
  desk.now += absl::Hours(48);
  EXPECT_EQ(desk.Take(cut("b")).place.cluster_id, Desk::Id("a"));
  desk.now += absl::Hours(49);
  // The text of both is forgotten, the documents are not: an exact copy is still told.
  const Place exact = desk.Take(cut("c")).place;
  EXPECT_EQ(exact.relation, Relation::kExact);
  EXPECT_EQ(exact.similarity, 1);
  EXPECT_GT(exact.shared_words, 170U);
  desk.now += absl::Hours(24 * 30);
  EXPECT_EQ(desk.Take(cut("d")).place.relation, Relation::kOriginal);
  EXPECT_EQ(desk.deduper().size().documents, 1U);
  EXPECT_EQ(desk.deduper().size().texts, 1U);
}

TEST(DeduperTest, TakesAShortTextForANewOneWhereTheOldOneIsForgotten) {
  Desk desk;
  SampleTexts texts(18);
  Page page{.id = "a", .url = "https://x.example/1", .title = "t", .text = texts.Article(60)};
  desk.Take(page);
  desk.now += absl::Hours(24 * 31);
  page.id = "b";
  page.url = "https://y.example/2";
  EXPECT_EQ(desk.Take(page).place.relation, Relation::kOriginal);
}

TEST(DeduperTest, AsksForMoreWhereDatesAreFarApart) {
  for (const absl::Duration apart : {absl::Hours(96), absl::Hours(97)}) {
    for (const int sign : {1, -1}) {
      Desk desk;
      desk.now += absl::Hours(24 * 30);
      SampleTexts texts(19);
      Page page{.id = "a",
                .url = "https://x.example/1",
                .title = "A day at the market",
                .text = absl::AsciiStrToLower(texts.Article(60)),  // Without names.
                .date = kStart};
      desk.Take(page);
      page.id = "b";
      page.url = "https://y.example/2";
      page.date += sign * apart;
      EXPECT_EQ(desk.Take(page).place.cluster_id, Desk::Id(apart == absl::Hours(96) ? "a" : "b"));
    }
  }
}

TEST(DeduperTest, TakesADocumentsDateOnlyNearLogTime) {
  const Desk desk;
  Arrival arrival;
  EXPECT_EQ(desk.deduper().DateOf(arrival, kStart), kStart) << "without one";
  for (const auto& [date, counts] :
       {std::pair(kStart - absl::Hours(5), kStart - absl::Hours(5)),
        std::pair(kStart - absl::Hours(24 * 400), kStart - absl::Hours(24 * 90)),
        std::pair(kStart + absl::Hours(24 * 400), kStart + absl::Hours(24))}) {
    arrival.date = date;
    EXPECT_EQ(desk.deduper().DateOf(arrival, kStart), counts) << date;
  }
}

TEST(DeduperTest, KeepsAnArticleThatIsMetAgainAndAgain) {
  DedupeOptions options;
  options.text_memory = options.document_memory = absl::Hours(96);
  Desk desk(options);
  SampleTexts texts(11);
  Page page{.id = "a", .url = "https://x.example/1", .title = "t", .text = texts.Article(100)};
  desk.Take(page);
  for (int day = 1; day < 30; ++day) {
    desk.now += absl::Hours(24);
    page.id = fmt::format("a{}", day);
    const Ruling ruling = desk.Take(page);
    EXPECT_EQ(ruling.kind, Ruling::Kind::kUnchanged) << day;
    EXPECT_EQ(ruling.place.article_id, Desk::Id("a"));
    const uint64_t documents = desk.deduper().size().documents;
    desk.now += absl::Minutes(10);
    page.id += "again";
    EXPECT_EQ(desk.Take(page).kind, Ruling::Kind::kUnchanged);
    EXPECT_LE(desk.deduper().size().documents, documents) << "not so soon";
    desk.now -= absl::Minutes(10);
  }
  EXPECT_LE(desk.deduper().size().documents, 5U);
}

TEST(DeduperTest, ForgetsATextWithItsDocument) {
  DedupeOptions options;
  options.documents_max = 2;
  Desk desk(options);
  SampleTexts texts(20);
  std::vector<Page> pages;
  for (const std::string id : {"a", "b", "c"}) {
    pages.push_back({.id = id,
                     .url = "https://x.example/" + id,
                     .title = texts.Title(),
                     .text = texts.Article(100)});
    desk.Take(pages.back());
  }
  EXPECT_EQ(desk.deduper().size().texts, 2U);
  Page copy = pages[0];
  copy.id = "d";
  copy.url = "https://y.example/d";
  EXPECT_EQ(desk.Take(copy).place.relation, Relation::kOriginal);
  EXPECT_EQ(desk.deduper().size().texts, 2U);
}

TEST(DeduperTest, ForgetsTheOldestAtItsLimitsAndCountsThem) {
  DedupeOptions options;
  options.index.bytes_max = 1 << 20;
  options.documents_max = 600;
  Desk desk(options);
  SampleTexts texts(12);
  for (int i = 0; i < 2000; ++i) {
    desk.Take({.id = fmt::format("{}", i),
               .url = fmt::format("https://x.example/{}", i),
               .title = texts.Title(),
               .text = texts.Article(800)});
  }
  const Deduper::Size size = desk.deduper().size();
  EXPECT_EQ(size.documents, 600U);
  EXPECT_EQ(size.documents_evicted, 1400U);
  EXPECT_GT(size.texts_evicted, 0U);
  EXPECT_LT(size.texts, 600U);
  EXPECT_TRUE(desk.deduper().Find(Desk::Id("1999")).has_value());
  EXPECT_FALSE(desk.deduper().Find(Desk::Id("1399")).has_value());
}

TEST(DeduperTest, DependsOnTheOrderOfDocumentsAlone) {
  // Each run has another pace of the log; nothing ages.
  std::vector<std::vector<std::string>> runs;
  for (const absl::Duration pace : {absl::ZeroDuration(), absl::Seconds(1), absl::Minutes(3)}) {
    Desk desk;
    SampleTexts texts(13);
    std::vector<std::string> clusters;
    std::vector<std::pair<std::string, std::string>> made;
    for (int i = 0; i < 400; ++i) {
      std::string title = texts.Title();
      std::string text = texts.Article(60 + texts.Below(300));
      if (!made.empty() && texts.Below(2) == 0) {
        const auto& [old_title, old_text] = made[texts.Below(made.size())];
        title = old_title;
        text = texts.Edited(old_text, 0.05);
      }
      made.emplace_back(title, text);
      const Ruling ruling = desk.Take({.id = fmt::format("{}", i),
                                       .url = fmt::format("https://x.example/{}", i),
                                       .title = title,
                                       .text = text,
                                       .date = kStart});
      clusters.push_back(ruling.place.cluster_id.Hex());
      desk.now += pace;
    }
    runs.push_back(clusters);
  }
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_EQ(runs[0], runs[2]);
}

}  // namespace
}  // namespace sluice::dedupe
