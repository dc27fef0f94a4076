#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace sluice::quality {

// How many vectors of one kind were met. Debatable ones are counted apart and not in the share.
struct Score {
  size_t met = 0;
  size_t rows = 0;
  size_t debatable_met = 0;
  size_t debatable_rows = 0;

  double share() const {
    return rows == 0 ? 0.0 : static_cast<double>(met) / static_cast<double>(rows);
  }
  void Add(bool row_met, bool debatable);
  void Add(const Score& other);
};

// Says what differs, on stdout.
void Differs(std::string_view kind, std::string_view row, std::string_view expected,
             std::string_view got);

// Calls `row` for each line of a JSONL file. Ends the program with a message where the file cannot
// be read.
void ForEachRow(const std::filesystem::path& file,
                const std::function<void(const nlohmann::json&)>& row);
std::string ReadFile(const std::filesystem::path& file);
std::string FromBase64(std::string_view text);

Score RunUrls(const std::filesystem::path& data);
Score RunRobots(const std::filesystem::path& data);
Score RunSsrf(const std::filesystem::path& data);
Score RunFeeds(const std::filesystem::path& data);
Score RunWarc(const std::filesystem::path& data);

}  // namespace sluice::quality
