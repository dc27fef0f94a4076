#include "pipeline/security/certificate_files.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <ctime>
#include <memory>

#include "pipeline/base/strings.h"

namespace sluice::security {
namespace {

struct Delete {
  void operator()(std::FILE* file) const { std::fclose(file); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using File = std::unique_ptr<std::FILE, Delete>;
using Certificate = std::unique_ptr<X509, Delete>;
using Key = std::unique_ptr<EVP_PKEY, Delete>;

// Nobody is there to be asked for a password.
int NoPassword(char*, int, int, void*) { return -1; }

absl::Status Wrong(const std::string& file, std::string_view what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(fmt::format("{} {}", file, what));
}

absl::StatusOr<Certificate> ReadCertificate(const std::string& name) {
  const File file(std::fopen(name.c_str(), "re"));
  if (file == nullptr) return Wrong(name, "cannot be read");
  Certificate certificate(PEM_read_X509(file.get(), nullptr, NoPassword, nullptr));
  if (certificate == nullptr) return Wrong(name, "has no certificate in PEM");
  return certificate;
}

absl::StatusOr<Key> ReadKey(const std::string& name) {
  const File file(std::fopen(name.c_str(), "re"));
  if (file == nullptr) return Wrong(name, "cannot be read");
  Key key(PEM_read_PrivateKey(file.get(), nullptr, NoPassword, nullptr));
  if (key == nullptr) return Wrong(name, "has no private key in PEM without a password");
  return key;
}

absl::Status Check(const CertificateFiles& files) {
  if (files.certificate.empty() != files.key.empty()) {
    return absl::InvalidArgumentError("a certificate and its key are expected, or neither");
  }
  if (!files.certificate.empty()) {
    const absl::StatusOr<Certificate> certificate = ReadCertificate(files.certificate);
    if (!certificate.ok()) return certificate.status();
    const absl::StatusOr<Key> key = ReadKey(files.key);
    if (!key.ok()) return key.status();
    if (X509_check_private_key(certificate->get(), key->get()) != 1) {
      return Wrong(files.key, fmt::format("is not the key of {}", files.certificate));
    }
  }
  if (!files.authorities.empty()) return ReadCertificate(files.authorities).status();
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckCertificateFiles(const CertificateFiles& files, std::string_view setting) {
  absl::Status status = Check(files);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(fmt::format("{}: {}", setting, status.message()));
}

absl::StatusOr<absl::Time> CertificateExpiry(const std::string& file) {
  const absl::StatusOr<Certificate> certificate = ReadCertificate(file);
  if (!certificate.ok()) return certificate.status();
  std::tm time = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate->get()), &time) != 1) {
    return Wrong(file, "has a certificate without an end");
  }
  return absl::FromTM(time, absl::UTCTimeZone());
}

}  // namespace sluice::security
