#include "pipeline/state/ordered_renames.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/fakes/simulated_disk.h"

namespace sluice::state {
namespace {

// How often of a hundred power cuts the new name of "next" was there and the older "first" was not.
int OutOfOrder(bool ordered) {
  int count = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    fakes::SimulatedDisk disk(seed);
    const std::unique_ptr<rocksdb::Env> with = WithOrderedRenames(*disk.env());
    rocksdb::Env& env = ordered ? *with : *disk.env();
    for (const char* name : {"/data/first", "/data/next"}) {
      std::unique_ptr<rocksdb::WritableFile> file;
      EXPECT_TRUE(env.NewWritableFile(name, &file, {}).ok());
    }
    EXPECT_TRUE(env.RenameFile("/data/next", "/data/current").ok());
    disk.CutPower();
    disk.PowerOn();
    if (env.FileExists("/data/current").ok() && !env.FileExists("/data/first").ok()) ++count;
  }
  return count;
}

TEST(OrderedRenamesTest, KeepsNoRenameWithoutTheNamesBeforeIt) {
  EXPECT_GT(OutOfOrder(false), 0);
  EXPECT_EQ(OutOfOrder(true), 0);
}

}  // namespace
}  // namespace sluice::state
