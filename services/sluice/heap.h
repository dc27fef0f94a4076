// What the C library's allocator may keep of memory that nobody uses.
#pragma once

namespace sluice::cli {

// One arena a core instead of the C library's eight: what a thread has freed is free to few others,
// and under load that was a fifth of the process's memory. Call it before there are threads. The
// environment's MALLOC_ARENA_MAX stands.
void BoundArenas();

// Gives back what the start has used and freed: compiling the topics' terms takes more than running
// them. Of any thread.
void ReturnFreePages();

}  // namespace sluice::cli
