#pragma once

#include <span>
#include <string>
#include <vector>

#include "sluice/service/v1/fetch.pb.h"

namespace sluice::cli {

// In their order, as many as FetchService takes in a call.
std::vector<std::span<const std::string>> InCalls(std::span<const std::string> urls);

// Prints the id and URL of what was accepted, or why it was not. False: it was not.
bool Show(const service::v1::SubmitResult& result);

}  // namespace sluice::cli
