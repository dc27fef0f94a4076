#include "tests/support/test_certificates.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace sluice::support {
namespace {

void MustRun(const std::string& command) {
  if (std::system(command.c_str()) == 0) return;
  std::fprintf(stderr, "failed: %s\n", command.c_str());
  std::abort();
}

// A key, and a certificate for it: of itself, or with `signer` of that.
std::string Request(std::string_view key, std::string_view certificate, std::string_view subject,
                    std::string_view signer) {
  return fmt::format(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2 -keyout "
      "{} -out {} -subj /CN={} {} 2>/dev/null",
      key, certificate, subject, signer);
}

}  // namespace

TestAuthority::TestAuthority() {
  MustRun(Request(directory_.Path("ca.key"), certificate(), "authority", ""));
}

void TestAuthority::Issue(const std::string& folder, std::string_view name) const {
  const std::string key = folder + "/tls.key";
  const std::string issued = folder + "/tls.crt";
  MustRun(Request(key + ".new", issued + ".new", name,
                  fmt::format("-CA {} -CAkey {} -addext subjectAltName=IP:127.0.0.1,DNS:localhost "
                              "-addext basicConstraints=critical,CA:FALSE",
                              certificate(), directory_.Path("ca.key"))));
  MustRun(fmt::format("mv {0}.new {0} && mv {1}.new {1}", key, issued));
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteFile(const std::string& path, std::string_view content) {
  std::ofstream(path + ".new", std::ios::binary) << content;
  MustRun(fmt::format("mv {0}.new {0}", path));
}

}  // namespace sluice::support
