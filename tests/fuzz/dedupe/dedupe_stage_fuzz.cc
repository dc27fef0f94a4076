// Any bytes as a record, a row and a row's key; then a good document, which must pass.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pipeline/log/topics.h"
#include "services/dedupe/dedupe_stage.h"
#include "sluice/data/v1/document.pb.h"

namespace {

using sluice::dedupe::DedupeOptions;
using sluice::dedupe::DedupeStage;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

bool Take(DedupeStage& stage, std::string_view value, uint64_t offset) {
  const sluice::log::Record record{.topic = sluice::log::kDocuments,
                                   .partition = 0,
                                   .offset = offset,
                                   .appended = absl::UnixEpoch() + absl::Hours(24 * 20'000),
                                   .key = "x.example",
                                   .value = value};
  auto prepared = stage.Prepare(record);
  if (!prepared.ok()) return false;
  sluice::log::Transaction transaction(nullptr);
  return stage.Apply(**prepared, record, transaction).ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto stage = DedupeStage::Create(DedupeOptions(), nullptr, nullptr);
  Require(stage.ok());
  const std::string_view key = bytes.substr(0, 16);
  const std::string_view value = bytes.substr(key.size());
  (*stage)->Load("documents", key, value);
  (*stage)->Load("texts", key, value);
  (*stage)->Load("withdrawn", bytes.substr(0, 8), value);
  Take(**stage, bytes, 1);
  Take(**stage, bytes, 2);
  sluice::data::v1::Document document;
  document.mutable_envelope()->set_id("0123456789abcdef0123456789abcdef");
  document.mutable_envelope()->set_url("https://x.example/a");
  document.set_text("a text");
  Require(Take(**stage, document.SerializeAsString(), 3));
  return 0;
}
