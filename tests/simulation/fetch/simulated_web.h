#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/fetch/http_client.h"

namespace sluice::fetch {

// A web that a seed makes: sites with robots.txt, feeds or sections, and pages that answer well,
// badly, late or with a redirect. It knows what must become of each page, without knowing how fetch
// works.
class SimulatedWeb {
 public:
  enum class Robots { kNone, kRules, kFlaky, kBroken, kRefused };
  struct Site {
    std::string host;
    Robots robots = Robots::kNone;
    absl::Duration crawl_delay;
    bool section = false;            // It has no feed but pages that list its news, at /news/.
    std::vector<std::string> pages;  // URLs, in the order in which the feed or section names them.
  };
  struct Page {
    int status = 200;  // That it comes to in the end.
    HttpError error = HttpError::kNone;
    int bad_tries = 0;     // Answers with 503 first.
    std::string location;  // Of a redirect.
    std::string body;
    std::string content_type = "text/html";
    // What must become of a target of this URL: "page", or reasons of which one is given.
    std::set<std::string> ends;
    std::string page_url;  // Where its body is, over redirects; empty: there is none.
  };
  struct Answer {
    absl::Duration latency;
    HttpResponse response;
  };

  SimulatedWeb(uint32_t seed, int sites, absl::Time start, absl::Duration publishing);

  // What the server says now.
  Answer Ask(const HttpRequest& request, absl::Time now);

  const std::vector<Site>& sites() const { return sites_; }
  const Site* FindSite(std::string_view host) const;
  const std::map<std::string, Page>& pages() const { return pages_; }
  bool Forbids(std::string_view url) const;
  // A URL that somebody may submit.
  const std::string& AnyPage(std::mt19937& random) const;
  // A URL that sections lead nobody to who reads them rightly.
  static bool IsTrap(std::string_view url);
  int older_lists_asked() const { return older_lists_asked_; }
  // How often a page may be asked for without a crash.
  int Tries(const std::string& url) const;

 private:
  void MakePages(Site& site, std::mt19937& random);
  void MakeRedirects(Site& site, std::mt19937& random);
  void Add(Site& site, const std::string& path, Page page);
  // What must become of a page that nothing keeps from being asked for.
  void Expect(const std::string& url, Page& page);
  HttpResponse AskRobots(Site& site);
  HttpResponse AskFeed(const Site& site, const HttpRequest& request, absl::Time now) const;
  // What stands in a list for one of its pages, in one of the ways in which links are written.
  std::string Link(const Site& site, size_t page) const;
  HttpResponse AskSection(const Site& site, const HttpRequest& request, absl::Time now);
  // How many of a site's pages it has named by now.
  size_t Published(const Site& site, absl::Time now) const;
  HttpResponse AskPage(const std::string& url);

  const absl::Time start_;
  const absl::Duration publishing_;  // Feeds and sections grow from the start for so long.
  std::mt19937 random_;
  std::vector<Site> sites_;
  std::map<std::string, Page> pages_;  // By URL.
  std::map<std::string, int> tries_;   // So far, by URL.
  int older_lists_asked_ = 0;
};

}  // namespace sluice::fetch
