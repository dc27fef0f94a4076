#include "pipeline/state/memory.h"

#include <rocksdb/cache.h>
#include <rocksdb/write_buffer_manager.h>

namespace sluice::state {

Memory::Memory(const Options& options)
    : options_(options),
      cache_(rocksdb::NewLRUCache(options.cache_bytes)),
      write_buffers_(
          std::make_shared<rocksdb::WriteBufferManager>(options.write_buffers_bytes, cache_)) {}

}  // namespace sluice::state
