// Runs the parsers of fetch over test vectors: `quality_fetch DATA_FOLDER`. Prints what differs,
// the counts of each kind, and last the shares, debatable vectors left out.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "tests/quality/fetch/vectors.h"

namespace {

using sluice::quality::Score;

struct Kind {
  const char* name;
  Score (*run)(const std::filesystem::path& data);
};

constexpr std::array kKinds = {
    Kind{"urls", sluice::quality::RunUrls},   Kind{"robots", sluice::quality::RunRobots},
    Kind{"feeds", sluice::quality::RunFeeds}, Kind{"ssrf", sluice::quality::RunSsrf},
    Kind{"warc", sluice::quality::RunWarc},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !std::filesystem::is_directory(argv[1])) {
    fmt::print(stderr, "usage: quality_fetch DATA_FOLDER, with urls, robots, feeds, ssrf, warc\n");
    return 2;
  }
  std::string counts;
  std::string shares = "quality fetch:";
  for (const Kind& kind : kKinds) {
    const Score score = kind.run(argv[1]);
    counts += fmt::format("{:8}{:5} of {:4}   debatable {:3} of {:3}\n", kind.name, score.met,
                          score.rows, score.debatable_met, score.debatable_rows);
    shares += fmt::format(" {}={:.4f}", kind.name, score.share());
  }
  fmt::print("{}{}\n", counts, shares);
  return 0;
}
