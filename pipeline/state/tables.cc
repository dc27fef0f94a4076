#include "pipeline/state/tables.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <limits>
#include <map>

#include "absl/base/internal/endian.h"
#include "pipeline/base/terminate.h"

namespace sluice::state {
namespace {

// An expiry of more rows than these is one removal of a range; of fewer, one removal a row. Ranges
// slow every read until they are compacted away, and steady state expires about as many rows a
// commit as it adds.
constexpr int kSingleRemovalsMax = 64;

std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// Keys of `prefix` are below it. The prefix ends with NUL.
std::string PrefixEnd(std::string prefix) {
  prefix.back() = '\1';
  return prefix;
}

std::string OwnerPrefix(std::string_view owner) {
  std::string prefix(owner);
  prefix.push_back('\0');
  return prefix;
}

std::string MetaKey(std::string_view kind, std::string_view prefix) {
  std::string key(kind);
  key.push_back('\0');
  key += prefix;
  return key;
}

constexpr std::string_view kVersionMeta = "table";
constexpr std::string_view kOldestMeta = "oldest";

std::string Version(const log::Table& table) {
  std::string text(5, '\0');
  absl::big_endian::Store32(text.data(), table.version);
  text[4] = table.kind == log::Table::Kind::kExpiring ? 'e' : 'k';
  return text;
}

std::string Micros(int64_t micros) {
  std::string text(8, '\0');
  absl::big_endian::Store64(text.data(), static_cast<uint64_t>(micros));
  return text;
}

int64_t KeyMicros(std::string_view key) { return absl::ToUnixMicros(log::ExpiringKeyTime(key)); }

std::string OldestKey(int64_t micros) { return log::ExpiringKey(absl::FromUnixMicros(micros), ""); }

}  // namespace

absl::StatusOr<std::unique_ptr<Tables>> Tables::Open(const Database& database, std::string owner,
                                                     absl::Span<const log::Table> tables,
                                                     std::string_view way,
                                                     rocksdb::WriteBatch& batch) {
  std::unique_ptr<Tables> opened(new Tables(database, std::move(owner)));
  for (const log::Table& table : tables) {
    if (absl::Status status = opened->OpenTable(table, way, batch); !status.ok()) return status;
  }
  return opened;
}

absl::Status Tables::OpenTable(const log::Table& table, std::string_view way,
                               rocksdb::WriteBatch& batch) {
  auto entry = std::make_unique<Entry>();
  entry->table = table;
  entry->prefix = OwnerPrefix(owner_) + OwnerPrefix(table.name);
  entry->family = table.kind == log::Table::Kind::kExpiring ? database_.expiring : database_.keyed;
  Health& health = *database_.health;

  const std::string oldest_key = MetaKey(kOldestMeta, entry->prefix);
  std::string oldest = Micros(std::numeric_limits<int64_t>::min());
  rocksdb::Status read = database_.db->Get({}, database_.meta, oldest_key, &oldest);
  if (!read.ok() && !read.IsNotFound()) return health.Check(read, Doing(*entry));
  if (oldest.size() != 8)
    return health.Fail(Doing(*entry) + ": its first row's time has not 8 bytes");
  entry->oldest_once_written = static_cast<int64_t>(absl::big_endian::Load64(oldest.data()));
  entry->oldest_micros = entry->oldest_once_written;

  const std::string version_key = MetaKey(kVersionMeta, entry->prefix);
  const std::string version = Version(table);
  std::string stored;
  read = database_.db->Get({}, database_.meta, version_key, &stored);
  if (!read.ok() && !read.IsNotFound()) return health.Check(read, Doing(*entry));
  if (read.ok() && stored.size() != version.size()) {
    return health.Fail(Doing(*entry) + ": its version has not 5 bytes");
  }
  if (read.ok() && stored != version) {
    // Rows of another kind lie in the other family: the stored kind tells where to look.
    const bool expiring = stored[4] == 'e';
    const absl::StatusOr<bool> rows =
        HasRows(expiring ? database_.expiring : database_.keyed, *entry);
    if (!rows.ok()) return rows.status();
    if (*rows) {
      return absl::FailedPreconditionError(
          fmt::format("table {} of {} has {} rows of version {}, this program reads {} rows of "
                      "version {}: run a "
                      "program that reads them, or {} to begin without them",
                      table.name, owner_, expiring ? "expiring" : "keyed",
                      absl::big_endian::Load32(stored.data()),
                      version[4] == 'e' ? "expiring" : "keyed", table.version, way));
    }
  }
  if (stored != version) batch.Put(database_.meta, version_key, version);
  entries_.push_back(std::move(entry));
  return absl::OkStatus();
}

absl::StatusOr<bool> Tables::HasRows(rocksdb::ColumnFamilyHandle* family,
                                     const Entry& entry) const {
  const std::string end = PrefixEnd(entry.prefix);
  const rocksdb::Slice bound = end;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> row(database_.db->NewIterator(options, family));
  row->Seek(entry.prefix);
  if (!row->status().ok()) return database_.health->Check(row->status(), Doing(entry));
  return row->Valid();
}

std::string Tables::Doing(const Entry& entry) const {
  return fmt::format("table {} of {} in {}", entry.table.name, owner_, database_.db->GetName());
}

const Tables::Entry& Tables::Find(std::string_view table) const {
  for (const auto& entry : entries_) {
    if (entry->table.name == table) return *entry;
  }
  base::Terminate(fmt::format("{} is asked for a table {} that its Spec has not", owner_, table));
}

Tables::Entry& Tables::Find(std::string_view table) {
  return const_cast<Entry&>(std::as_const(*this).Find(table));
}

absl::Status Tables::Load(log::Load load) const {
  for (const auto& entry : entries_) {
    if (!entry->table.load) continue;
    const auto row = [&](std::string_view key, std::string_view value) {
      load(entry->table.name, key, value);
    };
    if (absl::Status status = ScanEntry(*entry, "", "", row); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void Tables::Add(Rows rows, Expiries expiries, rocksdb::WriteBatch& batch) {
  std::map<Entry*, absl::Time> ends;
  for (const auto& [table, time] : expiries) {
    const auto [end, added] = ends.try_emplace(&Find(table), time);
    if (!added) end->second = std::max(end->second, time);
  }
  for (const log::Transaction::Row& row : rows) {
    Entry& entry = Find(row.table);
    bool put = row.value.has_value();
    if (entry.table.kind == log::Table::Kind::kExpiring) {
      if (row.key.size() < 8) {
        base::Terminate(fmt::format("a row of the expiring table {} has a key of {} bytes: no time",
                                    row.table, row.key.size()));
      }
      const auto end = ends.find(&entry);
      if (end != ends.end() && log::ExpiringKeyTime(row.key) < end->second) put = false;
      const int64_t micros = KeyMicros(row.key);
      if (put && micros < entry.oldest_once_written) {
        entry.oldest_once_written = micros;
        // Before the row is there: a reader in between steps over a little more, and misses
        // nothing.
        entry.oldest_micros = std::min(entry.oldest_micros.load(), micros);
        batch.Put(database_.meta, MetaKey(kOldestMeta, entry.prefix), Micros(micros));
      }
    }
    const std::string key = entry.prefix + row.key;
    if (put) {
      batch.Put(entry.family, key, *row.value);
    } else {
      batch.Delete(entry.family, key);
    }
  }
  for (const auto& [entry, time] : ends) Expire(*entry, time, batch);
}

void Tables::Expire(Entry& entry, absl::Time time, rocksdb::WriteBatch& batch) {
  if (entry.table.kind != log::Table::Kind::kExpiring) {
    base::Terminate(fmt::format("table {} is not expiring", entry.table.name));
  }
  const int64_t micros = absl::ToUnixMicros(time);
  if (micros <= entry.oldest_once_written) return;
  const std::string from = entry.prefix + OldestKey(entry.oldest_once_written);
  const std::string to = entry.prefix + OldestKey(micros);
  const rocksdb::Slice bound = to;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> row(database_.db->NewIterator(options, entry.family));
  int removed = 0;
  for (row->Seek(from); row->Valid() && removed < kSingleRemovalsMax; row->Next(), ++removed) {
    batch.Delete(entry.family, row->key());
  }
  if (row->Valid()) batch.DeleteRange(entry.family, from, to);
  (void)database_.health->Check(row->status(), Doing(entry));  // The caller's commit asks.
  entry.oldest_once_written = micros;
  batch.Put(database_.meta, MetaKey(kOldestMeta, entry.prefix), Micros(micros));
}

void Tables::Written() {
  for (const auto& entry : entries_) entry->oldest_micros = entry->oldest_once_written;
}

std::optional<std::string> Tables::Get(std::string_view table, std::string_view key) const {
  const Entry& entry = Find(table);
  std::string value;
  const std::string full = entry.prefix + std::string(key);
  const rocksdb::Status status = database_.db->Get({}, entry.family, full, &value);
  if (status.ok()) return value;
  if (!status.IsNotFound()) (void)database_.health->Check(status, Doing(entry));
  return std::nullopt;
}

void Tables::Scan(std::string_view table, std::string_view from, std::string_view to,
                  log::Rows rows) const {
  (void)ScanEntry(Find(table), from, to, rows);  // Noted in Health.
}

absl::Status Tables::ScanEntry(const Entry& entry, std::string_view from, std::string_view to,
                               log::Rows rows) const {
  const std::string end = to.empty() ? PrefixEnd(entry.prefix) : entry.prefix + std::string(to);
  const rocksdb::Slice bound = end;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &bound;
  // Read before and after the iterator fixes what it sees: a commit in between moves it either way.
  int64_t oldest = entry.oldest_micros;
  const std::unique_ptr<rocksdb::Iterator> row(database_.db->NewIterator(options, entry.family));
  oldest = std::min<int64_t>(oldest, entry.oldest_micros);
  std::string begin(from);
  if (entry.table.kind == log::Table::Kind::kExpiring) begin = std::max(begin, OldestKey(oldest));
  for (row->Seek(entry.prefix + begin); row->Valid(); row->Next()) {
    rows(ToView(row->key()).substr(entry.prefix.size()), ToView(row->value()));
  }
  return row->status().ok() ? absl::OkStatus()
                            : database_.health->Check(row->status(), Doing(entry));
}

void Tables::Wipe(const Database& database, std::string_view owner, rocksdb::WriteBatch& batch) {
  const std::string prefix = OwnerPrefix(owner);
  for (rocksdb::ColumnFamilyHandle* family : {database.keyed, database.expiring}) {
    batch.DeleteRange(family, prefix, PrefixEnd(prefix));
  }
  for (const std::string_view kind : {kVersionMeta, kOldestMeta}) {
    const std::string key = MetaKey(kind, prefix);
    batch.DeleteRange(database.meta, key, PrefixEnd(key));
  }
}

}  // namespace sluice::state
