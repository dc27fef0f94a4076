// Any bytes as linked data and as text with references.
#include <cstdint>
#include <string>
#include <vector>

#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/loose_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  sluice::deboilerplate::ReadLinkedData(std::vector<std::string>{bytes, bytes});
  sluice::deboilerplate::PlainText(bytes);
  return 0;
}
