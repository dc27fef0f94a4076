#pragma once

#include <string>
#include <string_view>

namespace sluice::codec::testing {

// What the inflaters undo.
std::string Gzip(std::string_view text);
std::string Zlib(std::string_view text);
std::string RawDeflate(std::string_view text);

}  // namespace sluice::codec::testing
