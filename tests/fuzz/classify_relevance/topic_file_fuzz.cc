// Topic files: whatever the text, an answer or an error with the file's name.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pipeline/base/strings.h"
#include "services/classify_relevance/topic_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto topic = sluice::classify_relevance::ParseTopic(text, "fuzz");
  if (!topic.ok() && !sluice::base::ToStd(topic.status().message()).starts_with("fuzz")) {
    std::abort();
  }
  return 0;
}
