#pragma once

#include <string>

namespace sluice::feed {

// The other process of the benchmark: subscribes `subscribers` times over `connections`, reads as
// fast as it can, and ends when its standard input does. Prints "ready" when all are subscribed.
// `authority`: a file, the server's certificate being of it; empty: plain text.
int RunClient(const std::string& address, int subscribers, int connections,
              const std::string& authority);

}  // namespace sluice::feed
