#include "services/sluice/submitted_urls.h"

#include <algorithm>
#include <iostream>

#include "pipeline/base/strings.h"
#include "services/fetch/fetch_rpc.h"
#include "services/sluice/client.h"

namespace sluice::cli {

std::vector<std::span<const std::string>> InCalls(std::span<const std::string> urls) {
  const size_t most = fetch::FetchRpc::Options().urls_max;
  std::vector<std::span<const std::string>> calls;
  for (; !urls.empty(); urls = urls.subspan(calls.back().size())) {
    calls.push_back(urls.first(std::min(urls.size(), most)));
  }
  return calls;
}

bool Show(const service::v1::SubmitResult& result) {
  if (result.error().empty()) {
    std::cout << fmt::format("{}  {}\n", result.id(), OneLine(result.url()));
    return true;
  }
  std::cerr << fmt::format("sluice: {}: {}\n", OneLine(result.url()), OneLine(result.error()));
  return false;
}

}  // namespace sluice::cli
