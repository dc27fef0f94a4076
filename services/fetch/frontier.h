#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/time/time.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/strings.h"
#include "pipeline/url/url.h"

namespace sluice::fetch {

// What counts as one host: its name, and its port where that is neither 80 nor 443.
std::string HostKey(const url::Url& url);

// Which request comes next: hosts by the time from which they may be asked, and for each host a
// queue. In RAM alone; what is to be remembered is in the stage's tables, from which Load fills it
// again. One thread.
//
// A host is asked for one thing at a time: Pop makes it busy and Release ends that.
class Frontier {
 public:
  // In the order in which due items of a host are taken.
  enum class Kind : uint8_t {
    kHop,      // The rest of something that was begun.
    kSource,   // A visit to a source, key: hash of its id.
    kPage,     // A page nobody has seen, key: of its URL's row.
    kRevisit,  // A page that may have changed, key likewise.
  };
  struct Item {
    Kind kind = Kind::kPage;
    base::Hash128 key;
    bool source = false;  // Whose the key is.

    bool IsSource() const { return source || kind == Kind::kSource; }
  };
  struct Limits {
    size_t items_max = 1'000'000;
    size_t host_items_max = 20'000;
  };
  enum class Added { kYes, kFrontierFull, kHostFull };
  struct Due {
    std::string host;
    Item item;
  };

  explicit Frontier(const Limits& limits) : limits_(limits) {}

  // Whether one more item for `host` keeps within the limits.
  Added Room(std::string_view host) const;
  // Adds whatever the limits say: for what was accepted before, and for sources.
  void Add(std::string_view host, const Item& item, absl::Time due);

  // Takes the next item that is due at `now`, of the host that has waited longest, and makes the
  // host busy.
  std::optional<Due> Pop(absl::Time now);

  // Ends the turn of a busy host. It may be asked again at `not_before`, or at what Delay has said
  // if that is later.
  void Release(std::string_view host, absl::Time not_before);

  // The host is not asked before `until`.
  void Delay(std::string_view host, absl::Time until);

  // When Pop may have something next. InfiniteFuture: not before a Release or Add.
  absl::Time NextTime() const;

  size_t size() const { return size_; }
  size_t hosts() const { return hosts_.size(); }  // That have items, are busy or are to be spared.

 private:
  struct Queued {
    absl::Time due;
    uint64_t number = 0;  // Of its arrival: settles ties.
    Item item;
  };
  struct ByTime {
    bool operator()(const Queued& a, const Queued& b) const {
      return std::tie(a.due, a.number) < std::tie(b.due, b.number);
    }
  };
  struct ByKind {
    bool operator()(const Queued& a, const Queued& b) const {
      return std::tie(a.item.kind, a.due, a.number) < std::tie(b.item.kind, b.due, b.number);
    }
  };
  struct Host {
    std::string name;
    uint64_t number = 0;  // Of its arrival: settles ties.
    absl::Time not_before = absl::InfinitePast();
    bool busy = false;
    std::set<Queued, ByTime> later;                 // Not due when last looked at.
    std::set<Queued, ByKind> ready;                 // Due.
    absl::Time scheduled = absl::InfiniteFuture();  // Its place in schedule_; InfiniteFuture: none.

    size_t size() const { return later.size() + ready.size(); }
  };

  Host& FindOrMake(std::string_view name);
  // Gives the host its place in schedule_, or removes it where nothing is known of it any more.
  void Schedule(Host& host);

  const Limits limits_;
  base::StringMap<std::unique_ptr<Host>> hosts_;
  std::map<std::pair<absl::Time, uint64_t>, Host*> schedule_;  // Those that are not busy.
  size_t size_ = 0;
  uint64_t numbers_ = 0;
};

}  // namespace sluice::fetch
