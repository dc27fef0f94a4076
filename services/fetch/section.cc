#include "services/fetch/section.h"

#include <algorithm>
#include <set>
#include <utility>

#include "pipeline/base/hash.h"
#include "pipeline/base/strings.h"
#include "pipeline/url/registrable_domain.h"
#include "pipeline/url/url.h"
#include "services/fetch/content_type.h"
#include "services/fetch/html_links.h"
#include "services/fetch/story_link.h"

namespace sluice::fetch {
namespace {

constexpr size_t kExamplesMax = 3;
constexpr size_t kExampleBytesMax = 80;

// Picks the stories out of a page's links.
class StoryPicker {
 public:
  StoryPicker(url::Url page, url::Url base, const SectionRules& rules, const SectionLimits& limits)
      : page_(std::move(page)),
        base_(std::move(base)),
        site_(url::RegistrableDomain(page_.host())),
        rules_(rules),
        limits_(limits) {
    if (const auto self = url::NormalizedUrl::From(page_); self.ok()) Remember(self->text());
  }

  // False: there is no need to go on.
  bool Take(std::string_view href) {
    const auto url = url::NormalizedUrl::Parse(href, base_);
    if (!url.ok() || url->text().size() > limits_.url_bytes_max) return true;
    // A long base makes every short link long.
    url_bytes_ += url->text().size();
    if (url_bytes_ > limits_.bytes_max) return Truncate();
    if (!Remember(url->text())) return true;
    ++others_;
    if (!IsStory(*url)) {
      Exemplify(*url);
      return true;
    }
    if (section_.stories.size() >= limits_.stories_max) return Truncate();
    section_.stories.push_back(*url);
    return true;
  }

  // Whether a link leads to another page of the same site: to that URL.
  std::string OnSite(std::string_view href) const {
    if (href.empty()) return "";
    const auto url = url::Url::Parse(href, base_);
    if (!url.ok() || !url->IsHttp() || url->HasCredentials()) return "";
    if (url->href().size() > limits_.url_bytes_max) return "";
    if (url::RegistrableDomain(url->host()) != site_) return "";
    std::string text = url->href().substr(0, url->href().find('#'));
    return text == page_.href().substr(0, page_.href().find('#')) ? "" : text;
  }

  Section& section() { return section_; }

  absl::Status NoStory(const HtmlLinks& links) const {
    if (others_ == 0) {
      const bool nofollow = links.nofollow > 0;
      return absl::InvalidArgumentError(
          nofollow ? fmt::format("no section: all of its {} links say nofollow", links.nofollow)
                   : "no section: there are no links in its HTML; a script may make them");
    }
    const std::string_view what =
        rules_.links.empty() ? "looks like a story; give `links`, such as links: [\"/press/20*/*\"]"
                             : "is matched by the patterns of `links`";
    const std::string there = examples_.empty()
                                  ? "none leads to its own site"
                                  : fmt::format("there are {}", fmt::join(examples_, ", "));
    return absl::InvalidArgumentError(
        fmt::format("no section: none of its {} links {}; {}", others_, what, there));
  }

 private:
  bool Truncate() {
    section_.truncated = true;
    return false;
  }

  bool Remember(std::string_view url) { return seen_.insert(base::HashBytes(url)).second; }

  bool MatchesAny(const std::vector<LinkPattern>& patterns, const url::NormalizedUrl& url) const {
    return std::ranges::any_of(
        patterns, [&](const LinkPattern& pattern) { return pattern.Matches(url, site_); });
  }

  bool IsStory(const url::NormalizedUrl& url) {
    if (MatchesAny(rules_.except, url)) return false;
    if (!rules_.links.empty()) return MatchesAny(rules_.links, url);
    if (url.registrable_domain() != site_ || !LooksLikeStory(url.url())) return false;
    // A query says how the reader came, or what to do with the story (?share=, ?print=).
    const std::string& text = url.text();
    return !url.url().query().has_value() || Remember(text.substr(0, text.find('?')));
  }

  // The longest paths tell most of how the stories' are made.
  void Exemplify(const url::NormalizedUrl& url) {
    if (url.registrable_domain() != site_) return;
    std::string path = url.url().PathAndQuery();
    if (path.size() > kExampleBytesMax) return;
    const auto place = std::ranges::find_if(
        examples_, [&](const std::string& known) { return known.size() < path.size(); });
    examples_.insert(place, std::move(path));
    if (examples_.size() > kExamplesMax) examples_.pop_back();
  }

  const url::Url page_;
  const url::Url base_;
  const std::string site_;
  const SectionRules& rules_;
  const SectionLimits limits_;
  Section section_;
  std::set<base::Hash128> seen_;
  size_t url_bytes_ = 0;
  size_t others_ = 0;                  // Links to other pages, each once.
  std::vector<std::string> examples_;  // Of what is no story.
};

}  // namespace

absl::StatusOr<Section> ParseSection(std::string_view html, std::string_view url,
                                     std::string_view content_type, const SectionRules& rules,
                                     const SectionLimits& limits) {
  if (const std::string type = ParseContentType(content_type).media_type; !IsPage(type)) {
    return absl::InvalidArgumentError(fmt::format("no section: it is no page but {}", type));
  }
  if (html.size() > limits.bytes_max) {
    return absl::InvalidArgumentError(
        fmt::format("section of {} bytes is larger than {}", html.size(), limits.bytes_max));
  }
  auto page = url::Url::Parse(url);
  if (!page.ok() || !page->IsHttp()) {
    return absl::InvalidArgumentError(fmt::format("no section: '{}' is no http(s) URL", url));
  }
  const HtmlLinks links = ParseHtmlLinks(
      html, content_type, {.links_max = limits.links_max, .href_bytes_max = limits.url_bytes_max});
  if (links.nofollow_all) {
    return absl::InvalidArgumentError("no section: the page asks crawlers not to follow its links");
  }
  url::Url base = *page;
  if (!links.base.empty()) {
    auto own = url::Url::Parse(links.base, *page);
    if (own.ok() && own->IsHttp() && own->href().size() <= limits.url_bytes_max) {
      base = *std::move(own);
    }
  }
  StoryPicker picker(*std::move(page), std::move(base), rules, limits);
  picker.section().truncated = links.truncated;
  for (const std::string& href : links.hrefs) {
    if (!picker.Take(href)) break;
  }
  if (picker.section().stories.empty()) return picker.NoStory(links);
  picker.section().next = picker.OnSite(links.next);
  return std::move(picker.section());
}

}  // namespace sluice::fetch
