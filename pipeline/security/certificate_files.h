#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace sluice::security {

// PEM files of one side of a TLS connection, which others may replace at any time.
struct CertificateFiles {
  std::string certificate = {};  // The own one, and the chain behind it. Empty, with `key`: none.
  std::string key = {};          // Its private key, without a password.
  // Who signs the other side's certificates. Empty: none, or the system's.
  std::string authorities;
  absl::Duration refresh = absl::Seconds(10);  // How often they are looked at; whole seconds.
};

// Whether the files that are named can be used. Libraries say no more than that a handshake failed.
//   kInvalidArgument: one is missing, cannot be read, is no PEM, or the key is another
//   certificate's; the message begins with `setting` and names the file. Never shows what is in it.
absl::Status CheckCertificateFiles(const CertificateFiles& files, std::string_view setting);

// Until when the certificate in a PEM file is valid. Errors as above.
absl::StatusOr<absl::Time> CertificateExpiry(const std::string& file);

}  // namespace sluice::security
