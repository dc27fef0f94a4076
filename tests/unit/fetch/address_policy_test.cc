#include "services/fetch/address_policy.h"

#include <gtest/gtest.h>

namespace sluice::fetch {
namespace {

using url::IpAddress;

const AddressPolicy& Default() {
  static const AddressPolicy policy = *AddressPolicy::Create({});
  return policy;
}

bool Refuses(const AddressPolicy& policy, std::string_view text) {
  const auto parsed = url::Url::Parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  const absl::Status status = policy.CheckUrl(*parsed);
  EXPECT_TRUE(status.ok() || absl::IsPermissionDenied(status)) << status;
  return !status.ok();
}

TEST(AddressPolicyTest, RefusesSpecialAddressesInEveryFormOfAUrl) {
  for (const char* text :
       {"http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://[::1]/", "http://0/",
        "http://10.1.2.3/", "http://169.254.169.254/latest/", "http://[::ffff:10.0.0.1]/",
        "http://a@b@192.168.0.1/", "http://127.0.0.1\\@public.example/"}) {
    EXPECT_TRUE(Refuses(Default(), text)) << text;
  }
}

TEST(AddressPolicyTest, RefusesOtherSchemesCredentialsAndPorts) {
  for (const char* text : {"ftp://public.example/", "file:///etc/passwd", "ws://public.example/",
                           "http://user:pass@public.example/", "http://public.example:22/",
                           "http://public.example:6667/", "http://public.example:0/"}) {
    EXPECT_TRUE(Refuses(Default(), text)) << text;
  }
}

TEST(AddressPolicyTest, RefusesLocalhostNames) {
  for (const char* text : {"http://localhost/", "http://a.LOCALHOST./",
                           "http://ｌｏｃａｌｈｏｓｔ/", "http://%6cocalhost/"}) {
    EXPECT_TRUE(Refuses(Default(), text)) << text;
  }
  EXPECT_FALSE(Refuses(Default(), "http://mylocalhost.example/"));
}

TEST(AddressPolicyTest, AllowsPublicNamesAndAddresses) {
  for (const char* text :
       {"http://public.example/", "https://public.example:8443/x", "http://93.184.216.34/",
        "https://[2606:4700:4700::1111]/", "http://public.example?@127.0.0.1/"}) {
    EXPECT_FALSE(Refuses(Default(), text)) << text;
  }
}

struct Range {
  const char* before;  // Public, or nullptr.
  const char* first;
  const char* last;
  const char* after;  // Public, or nullptr.
};

TEST(AddressPolicyTest, RefusesBlocksToTheirVeryEdges) {
  constexpr Range kRanges[] = {
      {nullptr, "0.0.0.0", "0.255.255.255", "1.0.0.0"},
      {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
      {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
      {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
      {"168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17"},
      {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
      {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
      {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
      {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
      {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
      {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
      {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
      {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
      {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
      {"223.255.255.255", "224.0.0.0", "255.255.255.255", nullptr},
      {nullptr, "::", "1fff:ffff::", "2003::"},
      {nullptr, "2001::", "2001:1ff:ffff::", "2001:200::"},
      {"2001:db7:ffff::", "2001:db8::", "2001:db8:ffff::", "2001:db9::"},
      {"2001:ffff::", "2002::", "2002:ffff::", "2003::"},
      {"3ffe:ffff::", "3fff::", "3fff:fff::", "3fff:1000::"},
      {"3fff:ffff::", "4000::", "ffff:ffff::", nullptr},
  };
  for (const Range& range : kRanges) {
    for (const char* text : {range.first, range.last}) {
      EXPECT_TRUE(absl::IsPermissionDenied(Default().CheckAddress(*IpAddress::Parse(text))))
          << text;
    }
    for (const char* text : {range.before, range.after}) {
      if (text == nullptr) continue;
      EXPECT_TRUE(Default().CheckAddress(*IpAddress::Parse(text)).ok()) << text;
    }
  }
}

TEST(AddressPolicyTest, LooksIntoIpv6ThatCarriesIpv4) {
  EXPECT_FALSE(Default().CheckAddress(*IpAddress::Parse("::ffff:10.0.0.1")).ok());
  EXPECT_TRUE(Default().CheckAddress(*IpAddress::Parse("::ffff:8.8.8.8")).ok());
  EXPECT_FALSE(Default().CheckAddress(*IpAddress::Parse("64:ff9b::192.168.0.1")).ok());
  EXPECT_TRUE(Default().CheckAddress(*IpAddress::Parse("64:ff9b::8.8.8.8")).ok());
  EXPECT_FALSE(Default().CheckAddress(*IpAddress::Parse("64:ff9b:1::8.8.8.8")).ok());
  for (const char* prefix : {"::ffff:", "64:ff9b::"}) {
    for (const auto& [address, allowed] :
         {std::pair("168.63.129.15", true), std::pair("168.63.129.16", false),
          std::pair("208.67.222.222", true)}) {
      const std::string text = std::string(prefix) + address;
      EXPECT_EQ(Default().CheckAddress(*IpAddress::Parse(text)).ok(), allowed) << text;
    }
  }
  for (const char* beside : {"::fffe:8.8.8.8", "::1:ffff:8.8.8.8", "64:ff9b::1:8.8.8.8"}) {
    EXPECT_FALSE(Default().CheckAddress(*IpAddress::Parse(beside)).ok()) << beside;
  }
  EXPECT_FALSE(Default().CheckAddress(*IpAddress::Parse("::8.8.8.8")).ok()) << "compatible";
}

TEST(AddressPolicyTest, KeepsOnlyThePublicOnesOfMixedAnswers) {
  const std::vector<IpAddress> answers = {*IpAddress::Parse("10.0.0.1"),
                                          *IpAddress::Parse("1.1.1.1"), *IpAddress::Parse("::1")};
  const auto connectable = Default().Connectable(answers);
  ASSERT_TRUE(connectable.ok());
  ASSERT_EQ(connectable->size(), 1U);
  EXPECT_EQ(connectable->front().ToString(), "1.1.1.1");
  EXPECT_TRUE(absl::IsPermissionDenied(Default().Connectable({answers[0]}).status()));
  EXPECT_TRUE(absl::IsNotFound(Default().Connectable({}).status()));
}

TEST(AddressPolicyTest, AllowsTheNetworksThatItIsGiven) {
  const auto policy = AddressPolicy::Create({.allowed_networks = {"127.0.0.0/8", "fd00::/8"}});
  ASSERT_TRUE(policy.ok());
  EXPECT_FALSE(Refuses(*policy, "http://127.0.0.1:8080/"));
  EXPECT_FALSE(Refuses(*policy, "http://localhost:8080/"));
  EXPECT_FALSE(Refuses(*policy, "http://[fd00::1]/"));
  EXPECT_FALSE(Refuses(*policy, "http://[::ffff:127.0.0.1]/"));
  EXPECT_TRUE(Refuses(*policy, "http://10.0.0.1/"));
  EXPECT_TRUE(Refuses(*policy, "http://[::ffff:10.0.0.1]/"));
  EXPECT_TRUE(Refuses(*policy, "http://127.0.0.1:25/")) << "ports stay refused";
}

TEST(AddressPolicyTest, AllowsTheNameOfThisMachineByEitherOfItsAddresses) {
  for (const char* network : {"127.0.0.1", "::1", "0.0.0.0/0"}) {
    const auto policy = AddressPolicy::Create({.allowed_networks = {network}});
    ASSERT_TRUE(policy.ok()) << policy.status();
    EXPECT_FALSE(Refuses(*policy, "http://localhost/")) << network;
  }
  const auto others = AddressPolicy::Create({.allowed_networks = {"127.0.0.2", "::2"}});
  EXPECT_TRUE(Refuses(*others, "http://localhost/"));
}

TEST(AddressPolicyTest, NamesTheNetworkThatIsNone) {
  for (const char* network :
       {"127.0.0.0/33", "127.0.0.0/-1", "10/8", "localhost", "::/129", "1.2.3.4/x", ""}) {
    const auto policy = AddressPolicy::Create({.allowed_networks = {network}});
    ASSERT_TRUE(absl::IsInvalidArgument(policy.status())) << network;
    EXPECT_NE(policy.status().message().find(network), std::string::npos);
  }
  EXPECT_TRUE(AddressPolicy::Create({.allowed_networks = {"10.0.0.7"}}).ok()) << "one address";
}

}  // namespace
}  // namespace sluice::fetch
