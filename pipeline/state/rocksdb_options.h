#pragma once

#include <rocksdb/options.h>

#include "pipeline/state/memory.h"

namespace sluice::state {

// How our databases are opened: only folders that own one include this.

// `env`: the disk; nullptr is the machine's.
rocksdb::DBOptions DatabaseOptions(const Memory& memory, rocksdb::Env* env);

// Rows that are looked up by key.
rocksdb::ColumnFamilyOptions RowOptions(const Memory& memory);

// Rows and records that are read in order from a known key on. `compressed`: with lz4; else as they
// are.
rocksdb::ColumnFamilyOptions SequenceOptions(const Memory& memory, bool compressed);

}  // namespace sluice::state
