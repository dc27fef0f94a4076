#include "tests/quality/fetch/vectors.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace sluice::quality {

void Score::Add(bool row_met, bool debatable) {
  ++(debatable ? debatable_rows : rows);
  if (row_met) ++(debatable ? debatable_met : met);
}

void Score::Add(const Score& other) {
  met += other.met;
  rows += other.rows;
  debatable_met += other.debatable_met;
  debatable_rows += other.debatable_rows;
}

void Differs(std::string_view kind, std::string_view row, std::string_view expected,
             std::string_view got) {
  fmt::print("differs: {}: {}\n  expected {}\n  got      {}\n", kind, row.substr(0, 600),
             expected.substr(0, 600), got.substr(0, 600));
}

std::string ReadFile(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    fmt::print(stderr, "quality fetch: cannot read {}\n", file.string());
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(stream), {}};
}

void ForEachRow(const std::filesystem::path& file,
                const std::function<void(const nlohmann::json&)>& row) {
  const std::string text = ReadFile(file);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) row(nlohmann::json::parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
}

std::string FromBase64(std::string_view text) {
  std::string bytes;
  absl::Base64Unescape({text.data(), text.size()}, &bytes);
  return bytes;
}

}  // namespace sluice::quality
