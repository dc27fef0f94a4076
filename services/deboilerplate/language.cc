// CLD2's header needs <cstdio> before it.
// clang-format off
#include <cstdio>
#include <cld2/public/compact_lang_det.h>
// clang-format on
#include <cld2/public/encodings.h>

#include "pipeline/base/utf8.h"
#include "services/deboilerplate/metadata.h"

namespace sluice::deboilerplate {
namespace {

// Enough to tell; CLD2's time grows with the text.
constexpr size_t kTextBytesMax = 600;

}  // namespace

std::string PrimaryLanguage(std::string_view declared) {
  std::string out;
  for (const char c : declared) {
    const char lower = static_cast<char>(c | 0x20);
    if (lower < 'a' || lower > 'z') break;
    out.push_back(lower);
  }
  if (out.size() != 2) return {};
  if (out == "nn" || out == "nb") return "no";
  return out;
}

std::string DetectLanguage(std::string_view text, std::string_view declared) {
  std::string told = PrimaryLanguage(declared);
  text = base::CutUtf8(text, kTextBytesMax);
  const CLD2::CLDHints hints = {told.empty() ? nullptr : told.c_str(), nullptr,
                                CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
  CLD2::Language languages[3] = {};
  int percents[3] = {};
  double scores[3] = {};
  int text_bytes = 0;
  bool reliable = false;
  const CLD2::Language found =
      CLD2::ExtDetectLanguageSummary(text.data(), static_cast<int>(text.size()), true, &hints, 0,
                                     languages, percents, scores, nullptr, &text_bytes, &reliable);
  if (found == CLD2::UNKNOWN_LANGUAGE || (!reliable && !told.empty())) return told;
  const std::string code = PrimaryLanguage(CLD2::LanguageCode(found));
  return code.empty() ? told : code;
}

}  // namespace sluice::deboilerplate
