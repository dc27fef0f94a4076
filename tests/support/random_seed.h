#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <random>

namespace sluice::support {

// What a test draws its random numbers from: --gtest_random_seed, or another one each time.
// Printed, so that a run can be repeated.
inline uint64_t RandomSeed() {
  const int32_t chosen = GTEST_FLAG_GET(random_seed);
  const uint64_t seed =
      chosen != 0 ? static_cast<uint64_t>(chosen) : 1 + std::random_device()() % 99999;
  std::cout << "again with --gtest_random_seed=" << seed << '\n';
  return seed;
}

}  // namespace sluice::support
