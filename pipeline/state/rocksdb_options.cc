#include "pipeline/state/rocksdb_options.h"

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

namespace sluice::state {
namespace {

rocksdb::ColumnFamilyOptions FamilyOptions(const Memory& memory, bool filtered) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = memory.cache();
  table.block_size = 16 << 10;
  table.format_version = 5;
  // Index and filters count against the one budget too.
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  if (filtered) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kLZ4Compression;
  options.write_buffer_size = memory.options().write_buffers_bytes / 2;
  return options;
}

}  // namespace

rocksdb::DBOptions DatabaseOptions(const Memory& memory, rocksdb::Env* env) {
  rocksdb::DBOptions options;
  if (env != nullptr) options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.write_buffer_manager = memory.write_buffers();
  options.max_background_jobs = 2;
  options.max_open_files = 512;
  options.max_total_wal_size = 4 * memory.options().write_buffers_bytes;
  options.bytes_per_sync = 1 << 20;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 4 << 20;
  options.stats_dump_period_sec = 0;
  // A power cut may tear what was not synced at any place; what came before that place is whole.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  return options;
}

rocksdb::ColumnFamilyOptions RowOptions(const Memory& memory) {
  return FamilyOptions(memory, true);
}

rocksdb::ColumnFamilyOptions SequenceOptions(const Memory& memory, bool compressed) {
  rocksdb::ColumnFamilyOptions options = FamilyOptions(memory, false);
  if (!compressed) options.compression = rocksdb::kNoCompression;
  return options;
}

}  // namespace sluice::state
