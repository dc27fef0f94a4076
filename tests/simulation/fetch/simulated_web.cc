#include "tests/simulation/fetch/simulated_web.h"

#include <algorithm>

#include "pipeline/base/strings.h"
#include "services/fetch/drop_reasons.h"
#include "tests/fakes/fake_http_client.h"

namespace sluice::fetch {
namespace {

using fakes::FakeHttpClient;

constexpr std::string_view kScheme = "https://";
constexpr size_t kListedPages = 4;  // On one page of a section.

std::string HostOf(std::string_view url) {
  url.remove_prefix(kScheme.size());
  return std::string(url.substr(0, url.find('/')));
}

std::string_view PathOf(std::string_view url) {
  url.remove_prefix(kScheme.size());
  return url.substr(url.find('/'));
}

}  // namespace

SimulatedWeb::SimulatedWeb(uint32_t seed, int sites, absl::Time start, absl::Duration publishing)
    : start_(start), publishing_(publishing), random_(seed) {
  for (int i = 0; i < sites; ++i) {
    Site site;
    site.host = fmt::format("site{}.example", i);
    site.section = i % 3 == 1;
    const Robots kinds[] = {Robots::kNone,  Robots::kRules,  Robots::kRules,
                            Robots::kFlaky, Robots::kBroken, Robots::kRefused};
    // The first ones are sure to work.
    site.robots = i < 4 ? kinds[i] : kinds[random_() % std::size(kinds)];
    if (site.robots == Robots::kRules && random_() % 2 == 0)
      site.crawl_delay = absl::Seconds(2 + random_() % 6);
    sites_.push_back(std::move(site));
  }
  for (Site& site : sites_) MakePages(site, random_);
  for (Site& site : sites_) MakeRedirects(site, random_);
  for (Site& site : sites_) std::shuffle(site.pages.begin(), site.pages.end(), random_);
  for (auto& [url, page] : pages_) Expect(url, page);
}

const SimulatedWeb::Site* SimulatedWeb::FindSite(std::string_view host) const {
  const auto found = std::ranges::find(sites_, host, &Site::host);
  return found == sites_.end() ? nullptr : &*found;
}

void SimulatedWeb::Add(Site& site, const std::string& path, Page page) {
  const std::string url = fmt::format("{}{}{}", kScheme, site.host, path);
  site.pages.push_back(url);
  pages_.emplace(url, std::move(page));
}

void SimulatedWeb::MakePages(Site& site, std::mt19937& random) {
  for (int i = 0; i < 12; ++i) {
    Page page;
    page.body = fmt::format("<p>Page {} of {}", i, site.host);
    page.bad_tries = random() % 4 == 0 ? 1 + static_cast<int>(random() % 2) : 0;
    Add(site, fmt::format("/good/{}", i), page);
  }
  const auto bad = [&](const std::string& path, int status, HttpError error) {
    Page page;
    page.status = status;
    page.error = error;
    Add(site, path, page);
  };
  bad("/missing", 404, HttpError::kNone);
  bad("/broken", 500, HttpError::kNone);
  bad("/forbidden", 403, HttpError::kNone);
  bad("/silent", 0, HttpError::kNoAnswer);
  bad("/slow", 0, HttpError::kTimeout);
  bad("/large", 0, HttpError::kTooLarge);
  bad("/bomb", 0, HttpError::kBomb);
  Page pdf;
  pdf.body = "%PDF";
  pdf.content_type = "application/pdf";
  Add(site, "/report.pdf", pdf);
  Page secret;
  secret.body = "secret";
  Add(site, "/private/1", secret);
}

void SimulatedWeb::MakeRedirects(Site& site, std::mt19937& random) {
  const auto redirect = [&](const std::string& path, std::string location) {
    Page page;
    page.status = 302;
    page.location = std::move(location);
    Add(site, path, page);
  };
  const Site& other = sites_[random() % sites_.size()];
  redirect("/to/good", fmt::format("/good/{}", random() % 12));
  redirect("/to/twice", "/to/good");
  redirect("/to/private", "/private/1");
  redirect("/to/missing", "/missing");
  redirect("/to/inside", "http://10.1.2.3/secret");
  redirect("/to/other", fmt::format("https://{}/good/{}", other.host, random() % 12));
  redirect("/to/nowhere", "mailto:editor@example.org");
  redirect("/loop/1", "/loop/2");
  redirect("/loop/2", "/loop/1");
  for (int i = 0; i < 9; ++i)
    redirect(fmt::format("/chain/{}", i), fmt::format("/chain/{}", i + 1));
}

bool SimulatedWeb::Forbids(std::string_view url) const {
  const Site* site = FindSite(HostOf(url));
  if (site == nullptr) return true;
  switch (site->robots) {
    case Robots::kNone:
      return false;
    case Robots::kRules:
    case Robots::kFlaky:
      return PathOf(url).starts_with("/private/");
    case Robots::kBroken:
    case Robots::kRefused:
      break;
  }
  return true;
}

void SimulatedWeb::Expect(const std::string& first, Page& page) {
  std::string url = first;
  // Where several targets lead to one page, all but one of them end as known.
  std::set<std::string> ends;
  std::set<std::string> before;
  int redirects = 0;
  while (true) {
    const Site* site = FindSite(HostOf(url));
    if (site == nullptr) {
      ends.insert(std::string(kAddressRefused));
    } else if (site->robots == Robots::kBroken) {
      ends.insert(std::string(kRobotsUnreachable));
    } else if (site->robots == Robots::kRefused) {
      ends.insert(std::string(kAddressRefused));
    } else if (Forbids(url)) {
      ends.insert(std::string(kRobotsDisallowed));
    } else if (!pages_.contains(url)) {
      ends.insert(std::string(kHttpError));
    } else if (const Page& there = pages_.at(url); there.status == 302) {
      const bool leaves = there.location.starts_with("https://");
      const bool inside = there.location.starts_with('/');
      std::string next =
          leaves ? there.location : fmt::format("{}{}{}", kScheme, HostOf(url), there.location);
      if (there.location.starts_with("http://10.")) {
        ends.insert(std::string(kAddressRefused));
      } else if (!leaves && !inside) {
        ends.insert(std::string(kBadUrl));
      } else if (before.insert(url); before.contains(next)) {
        ends.insert({std::string(kRedirectLoop), std::string(kKnown)});
      } else if (inside && redirects == 5) {
        ends.insert({std::string(kRedirectsExceeded), std::string(kKnown)});
      } else {
        if (inside && HostOf(next) == HostOf(url)) ++redirects;
        url = std::move(next);
        ends.insert(std::string(kKnown));
        continue;
      }
    } else if (there.error != HttpError::kNone) {
      ends.insert(there.error == HttpError::kNoAnswer  ? std::string(kNoAnswer)
                  : there.error == HttpError::kTimeout ? std::string(kTimeout)
                  : there.error == HttpError::kBomb    ? std::string(kBomb)
                                                       : std::string(kTooLarge));
    } else if (there.status != 200) {
      ends.insert(std::string(kHttpError));
    } else if (there.content_type != "text/html") {
      ends.insert(std::string(kContentType));
    } else {
      ends.insert("page");
      page.page_url = url;
    }
    page.ends = std::move(ends);
    return;
  }
}

const std::string& SimulatedWeb::AnyPage(std::mt19937& random) const {
  return std::next(pages_.begin(), static_cast<int>(random() % pages_.size()))->first;
}

int SimulatedWeb::Tries(const std::string& url) const {
  constexpr int kRetries = 3;
  const Page& page = pages_.at(url);
  const bool may_pass =
      page.status == 500 || page.error == HttpError::kNoAnswer || page.error == HttpError::kTimeout;
  return 1 + (may_pass ? kRetries : page.bad_tries);
}

SimulatedWeb::Answer SimulatedWeb::Ask(const HttpRequest& request, absl::Time now) {
  Answer answer;
  answer.latency = absl::Milliseconds(20 + random_() % 400);
  if (random_() % 50 == 0) answer.latency *= 40;
  const auto site = std::ranges::find(sites_, HostOf(request.url), &Site::host);
  if (site == sites_.end()) {
    answer.response = FakeHttpClient::Error(HttpError::kNoAnswer);
  } else if (PathOf(request.url) == "/robots.txt") {
    answer.response = AskRobots(*site);
  } else if (site->section && PathOf(request.url).starts_with("/news/")) {
    answer.response = AskSection(*site, request, now);
  } else if (PathOf(request.url) == "/feed.xml") {
    answer.response = AskFeed(*site, request, now);
  } else {
    answer.response = AskPage(request.url);
  }
  answer.response.url = request.url;
  return answer;
}

HttpResponse SimulatedWeb::AskRobots(Site& site) {
  switch (site.robots) {
    case Robots::kNone:
      return FakeHttpClient::Status(404);
    case Robots::kFlaky:
      if (++tries_[site.host] <= 2) return FakeHttpClient::Error(HttpError::kNoAnswer);
      break;
    case Robots::kRules:
      break;
    case Robots::kBroken:
      return FakeHttpClient::Status(500);
    case Robots::kRefused:
      return FakeHttpClient::Error(HttpError::kAddressRefused);
  }
  std::string text = "User-agent: *\nDisallow: /private/\n";
  if (site.crawl_delay > absl::ZeroDuration()) {
    text += fmt::format("Crawl-delay: {}\n", absl::ToInt64Seconds(site.crawl_delay));
  }
  return FakeHttpClient::Page(text, "text/plain");
}

HttpResponse SimulatedWeb::AskFeed(const Site& site, const HttpRequest& request,
                                   absl::Time now) const {
  const size_t last = Published(site, now);
  const std::string etag = fmt::format("\"{}\"", last);
  if (request.etag == etag) return FakeHttpClient::Status(304);
  std::string rss = "<rss version=\"2.0\"><channel><title>Feed</title>";
  for (size_t i = last; i > 0; --i) {
    rss += fmt::format("<item><title>T</title><link>{}?utm_source=feed</link></item>",
                       site.pages[i - 1]);
  }
  HttpResponse response = FakeHttpClient::Page(rss + "</channel></rss>", "application/rss+xml");
  response.etag = etag;
  return response;
}

size_t SimulatedWeb::Published(const Site& site, absl::Time now) const {
  const double share = std::clamp(absl::FDivDuration(now - start_, publishing_), 0.0, 1.0);
  return static_cast<size_t>(share * static_cast<double>(site.pages.size()));
}

bool SimulatedWeb::IsTrap(std::string_view url) {
  return url.find("/trap/") != std::string_view::npos;
}

std::string SimulatedWeb::Link(const Site& site, size_t page) const {
  const std::string& url = site.pages[page];
  const std::string_view path = PathOf(url);
  switch (page % 4) {
    case 0:
      return fmt::format("<a href=\"{}?utm_source=list&amp;utm_medium=web\">", url);
    case 1:
      return fmt::format("<A class=x HREF = '{}#comments'>", path);
    case 2:
      return fmt::format("<a title=\"<a href='/trap/quoted'>\" href=..{}>", path);
    default:
      return fmt::format("<area href=\"//{}&#47;{}\">", site.host, path.substr(1));
  }
}

HttpResponse SimulatedWeb::AskSection(const Site& site, const HttpRequest& request,
                                      absl::Time now) {
  const std::string_view path = PathOf(request.url);
  const size_t equals = path.find('=');
  const size_t list =
      equals == std::string_view::npos ? 1 : std::stoul(std::string(path.substr(equals + 1)));
  older_lists_asked_ += list > 1 ? 1 : 0;
  const size_t last = Published(site, now);
  const std::string etag = fmt::format("\"{}.{}\"", list, last);
  if (request.etag == etag) return FakeHttpClient::Status(304);
  std::string html =
      "<!doctype html><title>News <a href=/trap/title></title><base href='/news/'>"
      "<a href=/>Home</a><a href=/about>About</a><a href=/news/>News</a><a href=#top>Top</a>"
      "<!-- <a href=/trap/comment> --><template><a href=/trap/template></template>"
      "<script>document.write('<a href=/trap/script>')</script>"
      "<a rel=nofollow href=/trap/nofollow>Print</a><a href=/trap/excluded>Archive</a>"
      "<a href=https://elsewhere.example/trap/other>Partner</a><ul>";
  const size_t newer = (list - 1) * kListedPages;
  for (size_t i = newer; i < std::min(newer + kListedPages, last); ++i) {
    html += fmt::format("<li>{}Read more</a>", Link(site, last - 1 - i));
  }
  if (newer + kListedPages < last)
    html += fmt::format("</ul><a rel=next href='?page={}'>", list + 1);
  HttpResponse response = FakeHttpClient::Page(html);
  response.etag = etag;
  return response;
}

HttpResponse SimulatedWeb::AskPage(const std::string& url) {
  const auto found = pages_.find(url);
  if (found == pages_.end()) return FakeHttpClient::Status(404);
  const Page& page = found->second;
  if (page.error != HttpError::kNone) return FakeHttpClient::Error(page.error);
  if (++tries_[url] <= page.bad_tries) {
    HttpResponse busy = FakeHttpClient::Status(503);
    busy.retry_after = "30";
    return busy;
  }
  if (page.status != 200) return FakeHttpClient::Status(page.status, page.location);
  return FakeHttpClient::Page(page.body, page.content_type);
}

}  // namespace sluice::fetch
