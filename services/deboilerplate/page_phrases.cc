#include "services/deboilerplate/page_phrases.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "pipeline/base/strings.h"

namespace sluice::deboilerplate {
namespace {

// What only a page says that has no article to show; in the languages where letters of ASCII alone
// are put in lower case, without the first one.
constexpr auto kErrors =
    std::to_array<std::string_view>({"page not found",
                                     "404 not found",
                                     "error 404",
                                     "404 error",
                                     "403 forbidden",
                                     "error 403",
                                     "error 500",
                                     "500 internal server error",
                                     "502 bad gateway",
                                     "503 service unavailable",
                                     "page you are looking for",
                                     "page you're looking for",
                                     "page you were looking for",
                                     "page you requested",
                                     "page you have requested",
                                     "page that you asked for",
                                     "requested page",
                                     "requested url was not found",
                                     "page can't be found",
                                     "page cannot be found",
                                     "page could not be found",
                                     "page couldn't be found",
                                     "page doesn't exist",
                                     "page does not exist",
                                     "page isn't available",
                                     "page is not available",
                                     "page is no longer available",
                                     "story is no longer available",
                                     "article is no longer available",
                                     "nothing was found at this location",
                                     "page has moved",
                                     "page has been moved",
                                     "page moved",
                                     "just a moment...",
                                     "attention required! | cloudflare",
                                     "you have been blocked",
                                     "access to this page has been denied",
                                     "you don't have permission to access",
                                     "are you a robot",
                                     "you're not a robot",
                                     "you are not a robot",
                                     "verify you are human",
                                     "verifying you are human",
                                     "you are a human (and not a bot)",
                                     "pardon our interruption",
                                     "unusual activity from your computer",
                                     "checking your browser",
                                     "enable javascript",
                                     "javascript is disabled",
                                     "javascript is not available",
                                     "unavailable for legal reasons",
                                     "unavailable due to legal reasons",
                                     "down for maintenance",
                                     "site is temporarily unavailable",
                                     "seite nicht gefunden",
                                     "seite wurde nicht gefunden",
                                     "seite konnte nicht gefunden",
                                     "seite existiert nicht",
                                     "page introuvable",
                                     "page n'existe",
                                     "page que vous cherchez",
                                     "page que vous recherchez",
                                     "page demand\u00E9e",
                                     "p\u00E1gina no encontrada",
                                     "p\u00E1gina no existe",
                                     "p\u00E1gina que buscas",
                                     "encontramos la p\u00E1gina",
                                     "pagina non trovata",
                                     "pagina non esiste",
                                     "pagina che cerchi",
                                     "p\u00E1gina n\u00E3o encontrada",
                                     "p\u00E1gina n\u00E3o existe",
                                     "pagina niet gevonden",
                                     "nie znaleziono strony",
                                     "strona nie istnieje",
                                     "siden blev ikke fundet",
                                     "siden finnes ikke",
                                     "fant ikke siden",
                                     "sidan hittades inte",
                                     "sidan kunde inte hittas",
                                     "sivua ei l\u00F6yd",
                                     "sayfa bulunamad",
                                     "\u0442\u0440\u0430\u043D\u0438\u0446\u0430 \u043D\u0435 "
                                     "\u043D\u0430\u0439\u0434\u0435\u043D\u0430",
                                     "页面不存在",
                                     "ページが見つかりません",
                                     "페이지를 찾을 수 없"});

// Headlines have these words too, but in longer ones.
constexpr auto kErrorWords = std::to_array<std::string_view>(
    {"404", "not found", "forbidden", "access denied", "service unavailable", "bad gateway",
     "internal server error", "just a moment", "attention required", "nie znaleziono"});
constexpr ptrdiff_t kErrorHeadlineWordsMax = 3;

constexpr auto kPaywalls =
    std::to_array<std::string_view>({"subscribe to continue",
                                     "subscribe to read",
                                     "subscribe to keep reading",
                                     "subscribers only",
                                     "content is only for",
                                     "exclusive to subscribers",
                                     "exclusive for subscribers",
                                     "to continue reading",
                                     "already a subscriber",
                                     "continue reading with",
                                     "log in to read",
                                     "log in to continue reading",
                                     "sign in to read",
                                     "register to read",
                                     "become a member to read",
                                     "story is only for",
                                     "article is only for",
                                     "this article is for subscribers",
                                     "unlock this article",
                                     "unlock this story",
                                     "jetzt weiterlesen",
                                     "mit einem abo",
                                     "weiterlesen mit",
                                     "nur f\u00FCr abonnenten",
                                     "exklusiv f\u00FCr abonnenten",
                                     "r\u00E9serv\u00E9 aux abonn\u00E9s",
                                     "r\u00E9serv\u00E9e aux abonn\u00E9s",
                                     "r\u00E9serv\u00E9 \u00E0 nos abonn\u00E9s",
                                     "pour lire la suite",
                                     "contenido exclusivo para suscriptores",
                                     "solo para suscriptores",
                                     "suscr\u00EDbete para seguir",
                                     "contenuto riservato agli abbonati",
                                     "per continuare a leggere",
                                     "exclusivo para assinantes",
                                     "alleen voor abonnees",
                                     "for abonnenter",
                                     "有料会員限定"});

constexpr auto kLiveAddresses = std::to_array<std::string_view>(
    {"/live/", "liveblog", "live-blog", "live-updates", "liveticker"});

constexpr auto kConsents = std::to_array<std::string_view>(
    {"consent", "privacy policy", "partners", "einwilligung", "zustimmung", "datenschutz",
     "consentement", "confidentialit", "partenaires", "consentimiento", "privacidad", "socios",
     "samtykke", "privatlivspolitik", "toestemming", "privacybeleid", "consenso", "personali"});

template <size_t kCount>
ptrdiff_t CountOf(std::string_view text, const std::array<std::string_view, kCount>& phrases) {
  return std::ranges::count_if(phrases, [text](std::string_view phrase) {
    return text.find(phrase) != std::string_view::npos;
  });
}

// In lower case, apostrophes as plain ones.
std::string Folded(std::string_view text) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(base::ToAbsl(text)), {{"\u2019", "'"}});
}

}  // namespace

bool IsErrorHeadline(std::string_view headline) {
  const std::string text = Folded(headline);
  if (CountOf(text, kErrors) > 0) return true;
  return std::ranges::count(text, ' ') < kErrorHeadlineWordsMax && CountOf(text, kErrorWords) > 0;
}

bool SaysError(std::string_view text) { return CountOf(Folded(text), kErrors) > 0; }

bool SaysPaywall(std::string_view text) { return CountOf(Folded(text), kPaywalls) > 0; }

bool SaysConsent(std::string_view text) {
  constexpr ptrdiff_t kPhrasesMin = 3;
  const std::string folded = Folded(text);
  return folded.find("cookie") != std::string::npos && CountOf(folded, kConsents) >= kPhrasesMin;
}

bool IsLiveAddress(std::string_view url) { return CountOf(Folded(url), kLiveAddresses) > 0; }

}  // namespace sluice::deboilerplate
