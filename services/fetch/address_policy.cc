#include "services/fetch/address_policy.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "pipeline/base/strings.h"

namespace sluice::fetch {
namespace {

using url::IpAddress;

// The ports of the Fetch standard's "bad port" list, in order.
constexpr auto kBadPorts = std::to_array<uint16_t>({
    0,    1,    7,    9,    11,   13,   15,   17,   19,   20,   21,   22,   23,    25,
    37,   42,   43,   53,   69,   77,   79,   87,   95,   101,  102,  103,  104,   109,
    110,  111,  113,  115,  117,  119,  123,  135,  137,  139,  143,  161,  179,   389,
    427,  465,  512,  513,  514,  515,  526,  530,  531,  532,  540,  548,  554,   556,
    563,  587,  601,  636,  989,  990,  993,  995,  1719, 1720, 1723, 2049, 3659,  4045,
    4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
});
static_assert(std::ranges::is_sorted(kBadPorts));

struct SpecialV4 {
  uint32_t bits;
  int length;
  std::string_view name;
};

constexpr uint32_t Quad(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// The IANA IPv4 registry's blocks that are not globally reachable, and a few that are but serve no
// pages.
constexpr auto kSpecialV4 = std::to_array<SpecialV4>({
    {Quad(0, 0, 0, 0), 8, "this network"},
    {Quad(10, 0, 0, 0), 8, "private use"},
    {Quad(100, 64, 0, 0), 10, "shared address space"},
    {Quad(127, 0, 0, 0), 8, "loopback"},
    {Quad(168, 63, 129, 16), 32, "a cloud's platform address"},
    {Quad(169, 254, 0, 0), 16, "link local"},
    {Quad(172, 16, 0, 0), 12, "private use"},
    {Quad(192, 0, 0, 0), 24, "IETF protocol assignments"},
    {Quad(192, 0, 2, 0), 24, "documentation"},
    {Quad(192, 88, 99, 0), 24, "6to4 relay anycast, withdrawn"},
    {Quad(192, 168, 0, 0), 16, "private use"},
    {Quad(198, 18, 0, 0), 15, "benchmarking"},
    {Quad(198, 51, 100, 0), 24, "documentation"},
    {Quad(203, 0, 113, 0), 24, "documentation"},
    {Quad(224, 0, 0, 0), 4, "multicast"},
    {Quad(240, 0, 0, 0), 4, "reserved"},
});

struct SpecialV6 {
  std::array<uint8_t, 4> lead;  // Of the prefix; the rest of it is zero.
  int length;
  std::string_view name;
};

// Within 2000::/3. All else of IPv6 is refused, so that a block assigned later is not open by
// accident.
constexpr auto kSpecialV6 = std::to_array<SpecialV6>({
    {{0x20, 0x01, 0x00, 0x00}, 32, "Teredo"},
    {{0x20, 0x01, 0x00, 0x00}, 23, "IETF protocol assignments"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "documentation"},
    {{0x20, 0x02, 0x00, 0x00}, 16, "6to4"},
    {{0x3f, 0xff, 0x00, 0x00}, 20, "documentation"},
});

std::optional<std::string_view> WhySpecialV4(const IpAddress& address) {
  for (const SpecialV4& block : kSpecialV4) {
    if (address.InPrefix(IpAddress::V4(block.bits), block.length)) return block.name;
  }
  return std::nullopt;
}

// The last 32 bits, as an IPv4 address.
IpAddress EmbeddedV4(const IpAddress& address) {
  const auto& bytes = address.bytes();
  return IpAddress::V4(Quad(bytes[12], bytes[13], bytes[14], bytes[15]));
}

bool IsV4Mapped(const IpAddress& address) {
  return address.InPrefix(IpAddress::V6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}), 96);
}

bool IsNat64(const IpAddress& address) {
  return address.InPrefix(IpAddress::V6({0x00, 0x64, 0xff, 0x9b}), 96);
}

std::optional<std::string_view> WhySpecialV6(const IpAddress& address) {
  if (IsV4Mapped(address) || IsNat64(address)) return WhySpecialV4(EmbeddedV4(address));
  if (!address.InPrefix(IpAddress::V6({0x20}), 3)) return "outside of global unicast";
  for (const SpecialV6& block : kSpecialV6) {
    const auto& lead = block.lead;
    const IpAddress prefix = IpAddress::V6({lead[0], lead[1], lead[2], lead[3]});
    if (address.InPrefix(prefix, block.length)) return block.name;
  }
  return std::nullopt;
}

bool IsLocalhostName(std::string_view host) {
  while (host.ends_with('.')) host.remove_suffix(1);
  return host == "localhost" || host.ends_with(".localhost");
}

absl::Status Refused(std::string_view what, std::string_view why) {
  return absl::PermissionDeniedError(fmt::format("{} is refused: {}", what, why));
}

}  // namespace

absl::StatusOr<AddressPolicy> AddressPolicy::Create(const Options& options) {
  AddressPolicy policy;
  for (const std::string& text : options.allowed_networks) {
    const size_t slash = text.find('/');
    const std::optional<IpAddress> prefix =
        IpAddress::Parse(std::string_view(text).substr(0, slash));
    int length = prefix ? prefix->bits() : 0;
    const bool has_length =
        slash == std::string::npos || absl::SimpleAtoi(text.substr(slash + 1), &length);
    if (!prefix || !has_length || length < 0 || length > prefix->bits()) {
      return absl::InvalidArgumentError(
          fmt::format("the network {:?} is no CIDR block; write it as 10.0.0.0/8", text));
    }
    policy.allowed_.push_back({*prefix, length});
  }
  return policy;
}

bool AddressPolicy::IsAllowed(const IpAddress& address) const {
  const auto contains = [&](const Network& network) {
    return address.InPrefix(network.prefix, network.length) ||
           (IsV4Mapped(address) && EmbeddedV4(address).InPrefix(network.prefix, network.length));
  };
  return std::ranges::any_of(allowed_, contains);
}

absl::Status AddressPolicy::CheckUrl(const url::Url& url) const {
  const std::string_view href = url.href();
  const std::string what = fmt::format("URL {:?}", href.substr(0, 200));
  if (!url.IsHttp()) return Refused(what, "only http and https are fetched");
  if (url.HasCredentials()) {
    return Refused(fmt::format("URL of host {}", url.host()), "it carries credentials");
  }
  if (absl::Status status = CheckPort(url.EffectivePort()); !status.ok()) {
    return Refused(what, base::ToStd(status.message()));
  }
  if (url.address()) return CheckAddress(*url.address());
  const bool loopback_allowed =
      IsAllowed(IpAddress::V4(Quad(127, 0, 0, 1))) || IsAllowed(*IpAddress::Parse("::1"));
  if (IsLocalhostName(url.host()) && !loopback_allowed) {
    return Refused(what, "its host is this machine");
  }
  return absl::OkStatus();
}

absl::Status AddressPolicy::CheckPort(uint16_t port) {
  if (!std::ranges::binary_search(kBadPorts, port)) return absl::OkStatus();
  return absl::PermissionDeniedError(fmt::format("port {} is not of the web", port));
}

absl::Status AddressPolicy::CheckAddress(const IpAddress& address) const {
  const auto why =
      address.family() == IpAddress::Family::kV4 ? WhySpecialV4(address) : WhySpecialV6(address);
  if (!why || IsAllowed(address)) return absl::OkStatus();
  return Refused(fmt::format("address {}", address.ToString()), *why);
}

absl::StatusOr<std::vector<IpAddress>> AddressPolicy::Connectable(
    absl::Span<const IpAddress> answers) const {
  if (answers.empty()) return absl::NotFoundError("the name has no address");
  std::vector<IpAddress> connectable;
  absl::Status refused;
  for (const IpAddress& answer : answers) {
    if (absl::Status status = CheckAddress(answer); status.ok()) {
      connectable.push_back(answer);
    } else {
      refused = std::move(status);
    }
  }
  if (connectable.empty()) return refused;
  return connectable;
}

}  // namespace sluice::fetch
