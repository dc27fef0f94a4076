#include "pipeline/url/idna.h"

#include <fmt/format.h>
#include <lexbor/unicode/idna.h>
#include <lexbor/unicode/unicode.h>
#include <unicode/uidna.h>

#include <memory>

#include "pipeline/base/strings.h"

namespace sluice::url {
namespace {

absl::Status NotADomain(std::string_view domain, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("host {:?} is no domain name: {}", domain, why));
}

// Immutable once opened; ICU allows its use from any thread.
const UIDNA* Uts46Checker() {
  static const UIDNA* const checker = [] {
    UErrorCode error = U_ZERO_ERROR;
    const UIDNA* opened =
        uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII |
                            UIDNA_NONTRANSITIONAL_TO_UNICODE,
                        &error);
    return U_SUCCESS(error) ? opened : nullptr;
  }();
  return checker;
}

// lexbor maps by the current Unicode tables but checks neither Bidi, joiners, leading marks nor the
// round trip of xn-- labels. ICU does, with older tables: so its mapping and its view of what is
// assigned are not used.
absl::Status CheckLabels(std::string_view domain) {
  constexpr uint32_t kErrors = UIDNA_ERROR_LEADING_COMBINING_MARK | UIDNA_ERROR_PUNYCODE |
                               UIDNA_ERROR_LABEL_HAS_DOT | UIDNA_ERROR_INVALID_ACE_LABEL |
                               UIDNA_ERROR_BIDI | UIDNA_ERROR_CONTEXTJ;
  const UIDNA* checker = Uts46Checker();
  if (checker == nullptr) return absl::InternalError("ICU's IDNA data could not be opened");
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  UErrorCode error = U_ZERO_ERROR;
  std::string ascii(domain.size() * 4 + 64, '\0');
  uidna_nameToASCII_UTF8(checker, domain.data(), static_cast<int32_t>(domain.size()), ascii.data(),
                         static_cast<int32_t>(ascii.size()), &info, &error);
  if (U_FAILURE(error) && error != U_BUFFER_OVERFLOW_ERROR) {
    return NotADomain(domain, u_errorName(error));
  }
  if ((info.errors & kErrors) != 0) {
    return NotADomain(domain, fmt::format("IDNA rules broken ({:#x})", info.errors & kErrors));
  }
  return absl::OkStatus();
}

lxb_status_t AppendTo(const lxb_char_t* data, size_t size, void* context) {
  static_cast<std::string*>(context)->append(reinterpret_cast<const char*>(data), size);
  return LXB_STATUS_OK;
}

absl::StatusOr<std::string> MapToAscii(std::string_view domain) {
  const auto destroy = [](lxb_unicode_idna_t* idna) { lxb_unicode_idna_destroy(idna, true); };
  const std::unique_ptr<lxb_unicode_idna_t, decltype(destroy)> idna(lxb_unicode_idna_create(),
                                                                    destroy);
  if (lxb_unicode_idna_init(idna.get()) != LXB_STATUS_OK) {
    return absl::ResourceExhaustedError("no memory to map a domain name");
  }
  std::string ascii;
  const lxb_status_t status =
      lxb_unicode_idna_to_ascii(idna.get(), reinterpret_cast<const lxb_char_t*>(domain.data()),
                                domain.size(), AppendTo, &ascii, LXB_UNICODE_IDNA_FLAG_UNDEF);
  if (status != LXB_STATUS_OK) return NotADomain(domain, "UTS 46 forbids one of its characters");
  if (ascii.empty()) return NotADomain(domain, "nothing is left of it");
  return ascii;
}

}  // namespace

absl::StatusOr<std::string> DomainToAscii(std::string_view utf8_domain) {
  std::string lowered(utf8_domain);
  bool ascii = true;
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  }
  if (ascii) return lowered;
  if (absl::Status status = CheckLabels(utf8_domain); !status.ok()) return status;
  return MapToAscii(utf8_domain);
}

}  // namespace sluice::url
