#include "services/fetch/frontier.h"

#include <algorithm>
#include <cassert>

namespace sluice::fetch {

std::string HostKey(const url::Url& url) {
  const uint16_t port = url.EffectivePort();
  if (port == 80 || port == 443) return std::string(url.host());
  return fmt::format("{}:{}", url.host(), port);
}

Frontier::Added Frontier::Room(std::string_view host) const {
  if (size_ >= limits_.items_max) return Added::kFrontierFull;
  const auto found = hosts_.find(host);
  if (found != hosts_.end() && found->second->size() >= limits_.host_items_max)
    return Added::kHostFull;
  return Added::kYes;
}

Frontier::Host& Frontier::FindOrMake(std::string_view name) {
  const auto found = hosts_.find(name);
  if (found != hosts_.end()) return *found->second;
  auto host = std::make_unique<Host>();
  host->name = name;
  host->number = ++numbers_;
  return *hosts_.emplace(std::string(name), std::move(host)).first->second;
}

void Frontier::Add(std::string_view name, const Item& item, absl::Time due) {
  Host& host = FindOrMake(name);
  host.later.insert({due, ++numbers_, item});
  ++size_;
  Schedule(host);
}

void Frontier::Schedule(Host& host) {
  if (host.scheduled != absl::InfiniteFuture()) schedule_.erase({host.scheduled, host.number});
  host.scheduled = absl::InfiniteFuture();
  if (host.busy) return;
  // An empty host keeps a place until it need not be spared any longer.
  absl::Time time = host.not_before;
  if (host.ready.empty() && !host.later.empty()) time = std::max(time, host.later.begin()->due);
  if (host.size() == 0 && time == absl::InfinitePast()) {
    hosts_.erase(hosts_.find(host.name));
    return;
  }
  host.scheduled = time;
  schedule_.emplace(std::make_pair(time, host.number), &host);
}

std::optional<Frontier::Due> Frontier::Pop(absl::Time now) {
  while (!schedule_.empty() && schedule_.begin()->first.first <= now) {
    Host& host = *schedule_.begin()->second;
    if (host.size() == 0) {
      schedule_.erase(schedule_.begin());
      hosts_.erase(hosts_.find(host.name));
      continue;
    }
    while (!host.later.empty() && host.later.begin()->due <= now) {
      host.ready.insert(host.later.extract(host.later.begin()).value());
    }
    // Not empty: by its place in the schedule something is due.
    const Item item = host.ready.begin()->item;
    host.ready.erase(host.ready.begin());
    --size_;
    host.busy = true;
    Schedule(host);
    return Due{host.name, item};
  }
  return std::nullopt;
}

void Frontier::Release(std::string_view name, absl::Time not_before) {
  Host& host = FindOrMake(name);
  assert(host.busy);
  host.busy = false;
  host.not_before = std::max(host.not_before, not_before);
  Schedule(host);
}

void Frontier::Delay(std::string_view name, absl::Time until) {
  Host& host = FindOrMake(name);
  host.not_before = std::max(host.not_before, until);
  Schedule(host);
}

absl::Time Frontier::NextTime() const {
  return schedule_.empty() ? absl::InfiniteFuture() : schedule_.begin()->first.first;
}

}  // namespace sluice::fetch
