#include "services/feed/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "tests/unit/feed/replica.h"

namespace sluice::feed {
namespace {

service::v1::Filter Wish(void (*set)(service::v1::Filter&)) {
  service::v1::Filter filter;
  set(filter);
  return filter;
}

void Add(google::protobuf::RepeatedPtrField<std::string>& values, const std::string& value) {
  values.Add()->assign(value);
}

bool Passes(const service::v1::Filter& wish, const data::v1::FeedItem& item) {
  auto filter = Filter::Compile(wish);
  EXPECT_TRUE(filter.ok()) << filter.status();
  return filter.ok() && filter->Matches(FactsOf(item));
}

data::v1::FeedItem WithFacets() {
  data::v1::FeedItem item = MakeItem(1);
  auto* facet = item.mutable_matches(0)->add_facets();
  facet->set_name("instrument");
  facet->add_values("tariff");
  facet->add_values("diplomacy");
  facet = item.mutable_matches(0)->add_facets();
  facet->set_name("country");
  facet->add_values("us");
  auto* other = item.add_matches();
  other->set_topic("trade");
  other->set_score(0.4);
  return item;
}

TEST(FilterTest, AnEmptyOnePassesEverything) {
  EXPECT_TRUE(Filter().passes_all());
  EXPECT_TRUE(Filter::Compile({})->passes_all());
  EXPECT_TRUE(Passes({}, data::v1::FeedItem()));
}

TEST(FilterTest, KeepsByTopicAndScoreInOneTopic) {
  const auto item = WithFacets();
  EXPECT_TRUE(Passes(Wish([](auto& f) { Add(*f.mutable_topics(), "trade"); }), item));
  EXPECT_FALSE(Passes(Wish([](auto& f) { Add(*f.mutable_topics(), "chips"); }), item));
  EXPECT_TRUE(Passes(Wish([](auto& f) { f.set_score_min(0.9); }), item));
  EXPECT_FALSE(Passes(Wish([](auto& f) { f.set_score_min(0.91); }), item));
  EXPECT_FALSE(Passes(Wish([](auto& f) {
                        Add(*f.mutable_topics(), "trade");
                        f.set_score_min(0.5);
                      }),
                      item));
  EXPECT_FALSE(Passes(Wish([](auto& f) { f.set_related_min(0.96); }), item));
}

TEST(FilterTest, WantsAnyValueOfOneFacetAndAllFacets) {
  const auto item = WithFacets();
  EXPECT_TRUE(Passes(Wish([](auto& f) {
                       Add(*f.mutable_facets(), "instrument=sanction");
                       Add(*f.mutable_facets(), "instrument=tariff");
                     }),
                     item));
  EXPECT_TRUE(Passes(Wish([](auto& f) {
                       Add(*f.mutable_facets(), "instrument=tariff");
                       Add(*f.mutable_facets(), "country=us");
                     }),
                     item));
  EXPECT_FALSE(Passes(Wish([](auto& f) {
                        Add(*f.mutable_facets(), "instrument=tariff");
                        Add(*f.mutable_facets(), "country=cn");
                      }),
                      item));
}

TEST(FilterTest, KeepsByLanguageSourceKindAndTime) {
  const auto item = MakeItem(1);
  EXPECT_TRUE(Passes(Wish([](auto& f) { Add(*f.mutable_languages(), "en"); }), item));
  EXPECT_TRUE(Passes(Wish([](auto& f) { Add(*f.mutable_languages(), "EN"); }), item));
  EXPECT_FALSE(Passes(Wish([](auto& f) { Add(*f.mutable_languages(), "de"); }), item));
  EXPECT_TRUE(Passes(Wish([](auto& f) { Add(*f.mutable_source_ids(), "agency"); }), item));
  EXPECT_FALSE(Passes(Wish([](auto& f) { Add(*f.mutable_source_ids(), "other"); }), item));
  EXPECT_TRUE(Passes(Wish([](auto& f) { Add(*f.mutable_kinds(), "article"); }), item));
  EXPECT_FALSE(Passes(Wish([](auto& f) { Add(*f.mutable_kinds(), "live_blog"); }), item));
  service::v1::Filter since;
  *since.mutable_since() = item.published_at();
  EXPECT_TRUE(Passes(since, item));
  since.mutable_since()->set_seconds(item.published_at().seconds() + 1);
  EXPECT_FALSE(Passes(since, item));
}

TEST(FilterTest, OnePerClusterLeavesCopiesOut) {
  auto item = MakeItem(1);
  const auto wish = Wish([](auto& f) { f.set_one_per_cluster(true); });
  EXPECT_TRUE(Passes(wish, item));
  item.set_event(data::v1::FEED_EVENT_COPIED);
  EXPECT_FALSE(Passes(wish, item));
}

TEST(FilterTest, ARetractionReachesWhoWasSentTheArticle) {
  auto item = MakeItem(1);
  item.set_event(data::v1::FEED_EVENT_RETRACTED);
  item.mutable_matches(0)->set_score(0.1);
  item.mutable_document()->clear_language();
  item.mutable_document()->clear_kind();
  const auto wish = Wish([](auto& f) {
    f.set_score_min(0.8);
    Add(*f.mutable_languages(), "en");
    Add(*f.mutable_kinds(), "article");
    Add(*f.mutable_topics(), "fentanyl-policy");
    f.set_one_per_cluster(true);
  });
  EXPECT_TRUE(Passes(wish, item));
  item.mutable_matches(0)->set_topic("chips");
  EXPECT_FALSE(Passes(wish, item));
  item.clear_matches();
  EXPECT_TRUE(Passes(wish, item));
  item.mutable_envelope()->set_source_id("agency");
  const auto other_source = Wish([](auto& f) { Add(*f.mutable_source_ids(), "other"); });
  EXPECT_FALSE(Passes(other_source, item));
  item.mutable_envelope()->clear_source_id();
  EXPECT_TRUE(Passes(other_source, item)) << "an operator withdrew it";
}

TEST(FilterTest, RefusesWhatIsMalformedAndNamesIt) {
  const auto refused = [](const service::v1::Filter& wish, const std::string& named) {
    auto filter = Filter::Compile(wish);
    EXPECT_EQ(filter.status().code(), absl::StatusCode::kInvalidArgument) << named;
    EXPECT_THAT(std::string(base::ToStd(filter.status().message())), testing::HasSubstr(named));
  };
  refused(Wish([](auto& f) { Add(*f.mutable_kinds(), "artikel"); }), "artikel");
  refused(Wish([](auto& f) { Add(*f.mutable_kinds(), "unspecified"); }), "live_blog");
  refused(Wish([](auto& f) { Add(*f.mutable_facets(), "tariff"); }), "name=value");
  refused(Wish([](auto& f) { Add(*f.mutable_facets(), "=tariff"); }), "=tariff");
  refused(Wish([](auto& f) { Add(*f.mutable_facets(), "instrument="); }), "instrument=");
  refused(Wish([](auto& f) { f.set_score_min(1.5); }), "score_min");
  refused(Wish([](auto& f) { f.set_score_min(std::numeric_limits<double>::quiet_NaN()); }),
          "score_min");
  refused(Wish([](auto& f) { f.set_related_min(-1); }), "related_min");
  refused(Wish([](auto& f) {
            for (int i = 0; i < 65; ++i) Add(*f.mutable_topics(), "t");
          }),
          "filter.topics has 65");
  EXPECT_TRUE(Filter::Compile(Wish([](auto& f) {
                for (int i = 0; i < 64; ++i) Add(*f.mutable_topics(), "t");
              })).ok());
}

TEST(FilterTest, EqualWishesHaveOneFingerprint) {
  const auto one = Wish([](auto& f) {
    Add(*f.mutable_topics(), "a");
    Add(*f.mutable_topics(), "b");
  });
  const auto two = Wish([](auto& f) {
    Add(*f.mutable_topics(), "b");
    Add(*f.mutable_topics(), "a");
    Add(*f.mutable_topics(), "b");
  });
  const auto three = Wish([](auto& f) { Add(*f.mutable_topics(), "a"); });
  EXPECT_EQ(Filter::Compile(one)->fingerprint(), Filter::Compile(two)->fingerprint());
  EXPECT_NE(Filter::Compile(one)->fingerprint(), Filter::Compile(three)->fingerprint());
  EXPECT_NE(Filter::Compile(three)->fingerprint(), 0u);
}

}  // namespace
}  // namespace sluice::feed
