#include "pipeline/url/host.h"

#include <fmt/format.h>

#include <cstdint>
#include <vector>

#include "pipeline/base/utf8.h"
#include "pipeline/url/idna.h"
#include "pipeline/url/percent.h"

namespace sluice::url {
namespace {

constexpr EncodeSet kForbiddenInHost =
    With(EncodeSet{}, std::string_view("\0\t\n\r #/:<>?@[\\]^|", 17));
constexpr EncodeSet kForbiddenInDomain = [] {
  EncodeSet set = With(kForbiddenInHost, "%\x7F");
  for (size_t byte = 0; byte <= 0x1F; ++byte) set[byte] = true;
  return set;
}();

absl::Status BadHost(std::string_view input, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("host {:?}: {}", input, why));
}

bool ContainsAny(std::string_view text, const EncodeSet& set) {
  for (const char c : text) {
    if (set[static_cast<unsigned char>(c)]) return true;
  }
  return false;
}

// A number of a URL's IPv4 host: decimal, 0 octal, or 0x hexadecimal. Values beyond 2^32 are held
// at 2^40.
std::optional<uint64_t> ParseIpv4Number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() >= 2 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  uint64_t value = 0;
  for (const char c : text) {
    int digit = 16;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    if (digit >= base) return std::nullopt;
    value = std::min(value * static_cast<uint64_t>(base) + static_cast<uint64_t>(digit),
                     uint64_t{1} << 40);
  }
  return value;
}

std::vector<std::string_view> SplitLabels(std::string_view domain) {
  std::vector<std::string_view> labels;
  while (true) {
    const size_t dot = domain.find('.');
    labels.push_back(domain.substr(0, dot));
    if (dot == std::string_view::npos) break;
    domain.remove_prefix(dot + 1);
  }
  if (labels.size() > 1 && labels.back().empty()) labels.pop_back();
  return labels;
}

bool IsAllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

absl::StatusOr<IpAddress> ParseIpv4Host(std::string_view input,
                                        const std::vector<std::string_view>& labels) {
  if (labels.size() > 4) return BadHost(input, "an IPv4 address has at most four parts");
  uint64_t bits = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto number = ParseIpv4Number(labels[i]);
    if (!number) return BadHost(input, "ends in a number, but is no IPv4 address");
    const bool last = i + 1 == labels.size();
    const uint64_t limit = last ? uint64_t{1} << (8 * (5 - labels.size())) : 256;
    if (*number >= limit) return BadHost(input, "a part of its IPv4 address is too large");
    bits += last ? *number : *number << (8 * (3 - i));
  }
  return IpAddress::V4(static_cast<uint32_t>(bits));
}

absl::StatusOr<Host> ParseIpv6Host(std::string_view input) {
  if (!input.ends_with(']')) return BadHost(input, "'[' is not closed");
  const auto address = IpAddress::Parse(input.substr(1, input.size() - 2));
  if (!address || address->family() != IpAddress::Family::kV6) {
    return BadHost(input, "no IPv6 address");
  }
  return Host{.text = fmt::format("[{}]", address->ToString()), .address = address};
}

}  // namespace

absl::StatusOr<Host> ParseHost(std::string_view input, bool special) {
  if (input.starts_with('[')) return ParseIpv6Host(input);
  if (!special) {
    if (ContainsAny(input, kForbiddenInHost)) return BadHost(input, "forbidden character");
    Host host;
    AppendPercentEncoded(input, kC0ControlSet, host.text);
    return host;
  }
  absl::StatusOr<std::string> domain = DomainToAscii(base::ToValidUtf8(PercentDecode(input)));
  if (!domain.ok()) return domain.status();
  if (domain->empty()) return BadHost(input, "empty");
  if (ContainsAny(*domain, kForbiddenInDomain)) return BadHost(input, "forbidden character");
  const std::vector<std::string_view> labels = SplitLabels(*domain);
  if (IsAllDigits(labels.back()) || ParseIpv4Number(labels.back())) {
    absl::StatusOr<IpAddress> address = ParseIpv4Host(input, labels);
    if (!address.ok()) return address.status();
    return Host{.text = address->ToString(), .address = *address};
  }
  return Host{.text = *std::move(domain), .address = std::nullopt};
}

}  // namespace sluice::url
