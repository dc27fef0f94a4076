#include "services/sluice/feed_line.h"

#include "absl/strings/ascii.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "services/sluice/client.h"
#include "services/sluice/match_json.h"

namespace sluice::cli {
namespace {

using nlohmann::ordered_json;

// Of an enum value's name: what follows `prefix`, in lower case.
std::string Tail(const std::string& name, size_t prefix_bytes) {
  return name.size() <= prefix_bytes
             ? ""
             : absl::AsciiStrToLower(base::ToAbsl(std::string_view(name).substr(prefix_bytes)));
}

std::string OriginName(data::v1::Origin origin) {
  if (origin == data::v1::ORIGIN_UNSPECIFIED) return "";
  return Tail(data::v1::Origin_Name(origin), std::string_view("ORIGIN_").size());
}

}  // namespace

std::string EventName(data::v1::FeedEvent event) {
  if (event == data::v1::FEED_EVENT_UNSPECIFIED) return "";
  return Tail(data::v1::FeedEvent_Name(event), std::string_view("FEED_EVENT_").size());
}

ordered_json FeedLine(const service::v1::CursorItem& from) {
  const data::v1::FeedItem& item = from.item();
  const data::v1::Document& document = item.document();
  const data::v1::TopicMatch best =
      item.matches().empty() ? data::v1::TopicMatch() : item.matches(0);
  ordered_json line = {
      {"cursor", from.cursor()},
      {"event", EventName(item.event())},
      {"id", item.envelope().id()},
      {"article_id", item.article_id()},
      {"revision", item.revision()},
      {"cluster_id", item.cluster_id()},
      {"url", item.envelope().url()},
      {"canonical_url", document.canonical_url()},
      {"title", document.title()},
      {"text", document.text()},
      {"author", std::vector<std::string>(document.authors().begin(), document.authors().end())},
      {"date", document.has_published()
                   ? ordered_json(JsonTime(base::FromProto(document.published())))
                   : ordered_json(nullptr)},
      {"language", document.language()},
      {"site", document.site()},
      {"score", best.score()},
      {"related", best.related()},
      {"facets", FacetsJson(best)},
      {"matches", MatchesJson(item.matches())},
      {"origin", OriginName(item.envelope().origin())}};
  if (item.event() == data::v1::FEED_EVENT_RETRACTED) {
    line["retraction_reason"] = item.retraction_reason();
    line["retraction_detail"] = item.retraction_detail();
  }
  return line;
}

std::string FeedText(const service::v1::CursorItem& from) {
  const data::v1::FeedItem& item = from.item();
  const data::v1::Document& document = item.document();
  std::string text = fmt::format("{}  {:<9}", ShowTime(base::FromProto(item.published_at())),
                                 EventName(item.event()));
  if (!item.matches().empty()) text += fmt::format("  {:.2f}", item.matches(0).score());
  if (!document.language().empty()) text += fmt::format("  {}", OneLine(document.language()));
  if (!document.site().empty()) text += fmt::format("  {}", OneLine(document.site()));
  text += fmt::format("\n  {}\n", OneLine(document.title()));
  if (item.event() == data::v1::FEED_EVENT_RETRACTED) {
    text += fmt::format("  why: {}", OneLine(item.retraction_reason()));
    if (!item.retraction_detail().empty()) {
      text += fmt::format(" ({})", OneLine(item.retraction_detail()));
    }
    text += '\n';
  }
  return text + fmt::format("  {}\n\n", OneLine(item.envelope().url()));
}

}  // namespace sluice::cli
