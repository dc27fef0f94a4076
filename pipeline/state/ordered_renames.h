#pragma once

#include <rocksdb/env.h>

#include <memory>

namespace sluice::state {

// `env`, on which a rename never reaches the disk before a name that is older: the directory is
// synced first. RocksDB makes a manifest, and then renames the file that names it: a power cut that
// left the second name alone would leave a database that does not open. `env` outlives it.
std::unique_ptr<rocksdb::Env> WithOrderedRenames(rocksdb::Env& env);

}  // namespace sluice::state
