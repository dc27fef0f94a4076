#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pipeline/base/hash.h"
#include "pipeline/log/transaction.h"

namespace sluice::dedupe {

// One address at which pages are kept out.
struct Withdrawn {
  // What was known there; it may be forgotten long before the withdrawal is undone.
  struct Article {
    base::Hash128 id;
    base::Hash128 cluster_id;
  };
  std::string url;  // As the operator gave it, normalised.
  std::string reason;
  absl::Time since;
  std::optional<Article> article;

  // "as https://x.example/1, since 2026-11-22 08:00:00 UTC: wrong name"
  std::string Describe() const;
};

// What operators have withdrawn, by address (HashUrl), until they undo it: nothing here
// ages. In RAM, for every page is looked up; changes go into the table too, from which Load fills
// it again. Not for several threads.
class Withdrawals {
 public:
  static constexpr std::string_view kTable = "withdrawn";

  // Where a row stands in the list: the newest first, and of one time by address.
  struct ListPlace {
    absl::Time since;
    uint64_t url = 0;
  };
  struct ListQuery {
    size_t rows_max = 50;
    size_t bytes_max = 3 << 20;           // Of URLs and reasons; a client's default limit is 4 MiB.
    std::optional<ListPlace> after = {};  // Of the page before.
  };
  struct ListPage {
    std::vector<Withdrawn> rows;
    std::optional<ListPlace> next;  // Empty: this was the last page.
  };

  // A row of the table. One whose value is damaged still keeps its address out.
  void Load(std::string_view key, std::string_view value);

  // What keeps a page of these addresses out; nullptr: nothing. Lives until the next change.
  const Withdrawn* Find(absl::Span<const uint64_t> urls) const;

  // A page of what is withdrawn. Leaves out where an article that was withdrawn is found as well.
  // Looks at all rows.
  ListPage List(const ListQuery& query) const;

  // Again at the same address: the later one stands.
  void Add(uint64_t url, const Withdrawn& withdrawn, log::Transaction& transaction);
  // Frees these addresses, and all others under which `article` was withdrawn. False: none was.
  bool Remove(absl::Span<const uint64_t> urls, const std::optional<Withdrawn::Article>& article,
              log::Transaction& transaction);

  size_t size() const { return by_url_.size(); }

 private:
  // Whether the row stands for a further address of what another one says was withdrawn.
  bool IsFurtherAddress(uint64_t url, const Withdrawn& withdrawn) const;

  absl::flat_hash_map<uint64_t, Withdrawn> by_url_;
};

}  // namespace sluice::dedupe
