#include "services/feed/feed_pages.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/strings.h"

namespace sluice::feed {
namespace {

// Nothing from elsewhere, nothing inline: a page's text cannot become a script here even if
// escaping failed.
constexpr char kPolicy[] =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct Wish {
  service::v1::Filter filter;
  ArticleOptions articles;
};

absl::StatusOr<Wish> Parse(const http::Request& request, const FeedPages::Options& options) {
  Wish wish;
  wish.articles = options.articles;
  for (const auto& [name, value] : request.query) {
    uint32_t number = 0;
    double score = 0;
    if (name == "limit" && absl::SimpleAtoi(value, &number) && number > 0) {
      wish.articles.articles_max = std::min<size_t>(number, options.articles_limit_max);
    } else if (name == "score_min" && absl::SimpleAtod(value, &score)) {
      wish.filter.set_score_min(score);
    } else if (name == "topic") {
      wish.filter.add_topics(value);
    } else if (name == "language") {
      wish.filter.add_languages(value);
    } else if (name == "source") {
      wish.filter.add_source_ids(value);
    } else if (name == "facet") {
      wish.filter.add_facets(value);
    } else if (name == "copies") {
      wish.articles.copies = value == "1";
    } else {
      return absl::InvalidArgumentError(fmt::format(
          "{}={} is not understood; known are limit=1..{}, score_min=0..1, topic=, language=, "
          "source=, facet=name=value and copies=1",
          name.substr(0, 40), value.substr(0, 40), options.articles_limit_max));
    }
  }
  return wish;
}

http::Response Refuse(const absl::Status& status) {
  http::Response response;
  response.status = absl::IsInvalidArgument(status) ? 400 : 503;
  if (response.status == 503) response.headers.emplace("Retry-After", "5");
  response.body = std::string(base::ToStd(status.message())) + "\n";
  return response;
}

void AddHeaders(http::Response& response) {
  response.headers.emplace("Content-Security-Policy", kPolicy);
  response.headers.emplace("X-Content-Type-Options", "nosniff");
  response.headers.emplace("Referrer-Policy", "no-referrer");
}

http::Response Asset(std::string_view body, std::string content_type) {
  http::Response response;
  response.content_type = std::move(content_type);
  response.body = std::string(body);
  response.headers.emplace("Cache-Control", "max-age=300");
  AddHeaders(response);
  return response;
}

}  // namespace

http::Response FeedPages::Answer(const http::Request& request, Render render,
                                 std::string content_type) const {
  auto wish = Parse(request, options_);
  if (!wish.ok()) return Refuse(wish.status());
  auto filter = Filter::Compile(wish->filter);
  if (!filter.ok()) return Refuse(filter.status());
  auto articles = NewestArticles(*store_, *filter, wish->articles);
  if (!articles.ok()) return Refuse(articles.status());
  http::Response response;
  response.content_type = std::move(content_type);
  response.body = render({options_.title, options_.public_url, clock_->Now()}, *articles);
  // Weak, for what is sent may be compressed.
  const std::string tag = fmt::format("\"{}\"", base::HashBytes(response.body).Hex());
  response.headers.emplace("ETag", "W/" + tag);
  response.headers.emplace("Cache-Control", "no-cache");
  AddHeaders(response);
  const auto seen = request.headers.find("if-none-match");
  if (seen != request.headers.end() &&
      (seen->second == "*" || seen->second.find(tag) != std::string::npos)) {
    response.status = 304;
    response.body.clear();
  }
  return response;
}

std::vector<http::Route> FeedPages::Routes() {
  const auto page = [this](std::string path, Render render, const std::string& content_type) {
    return http::Route{std::move(path), [this, render, content_type](const http::Request& request) {
                         return Answer(request, render, content_type);
                       }};
  };
  return {page("/", RenderLivePage, "text/html; charset=utf-8"),
          page("/feed.atom", RenderAtom, "application/atom+xml; charset=utf-8"),
          page("/feed.json", RenderJsonFeed, "application/feed+json; charset=utf-8"),
          {"/live.css",
           [](const http::Request&) { return Asset(kLiveStyle, "text/css; charset=utf-8"); }},
          {"/live.js", [](const http::Request&) {
             return Asset(kLiveScript, "text/javascript; charset=utf-8");
           }}};
}

}  // namespace sluice::feed
