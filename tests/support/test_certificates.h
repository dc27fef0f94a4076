#pragma once

#include <string>
#include <string_view>

#include "tests/support/temporary_directory.h"

namespace sluice::support {

// An authority of a test's own with certificates for 127.0.0.1 and localhost, made by openssl. Ends
// the program where that fails: no test can go on without.
class TestAuthority {
 public:
  TestAuthority();

  // Signs a new certificate into `folder`/tls.crt, with its key as `folder`/tls.key.
  void Issue(const std::string& folder, std::string_view name) const;

  std::string certificate() const { return directory_.Path("ca.crt"); }

 private:
  TemporaryDirectory directory_;
};

std::string ReadFile(const std::string& path);

// Replaces the file at once, as others replace certificates and tokens.
void WriteFile(const std::string& path, std::string_view content);

}  // namespace sluice::support
