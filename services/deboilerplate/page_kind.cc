#include "services/deboilerplate/page_kind.h"

#include <lexbor/tag/tag.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "pipeline/base/strings.h"

namespace sluice::deboilerplate {
namespace {

struct Counts {
  double kept_words = 0;
  double kept_blocks = 0;
  double prose_words = 0;  // Kept.
  double all_words = 0;
  double link_words = 0;
};

Counts Count(const Page& page, const std::vector<Judgement>& judgements) {
  Counts out;
  for (size_t i = 0; i < page.blocks.size(); ++i) {
    const Block& block = page.blocks[i];
    const double words = block.stats.words;
    out.all_words += words;
    out.link_words += words * block.link_density();
    if (!judgements[i].kept) continue;
    out.kept_words += words;
    out.kept_blocks += 1;
    if (block.stats.prose()) out.prose_words += words;
  }
  return out;
}

// Below it no text is an article of its own.
constexpr double kArticleWordsMin = 25;
constexpr double kShortWords = 120;

template <size_t kCount>
bool HasAny(std::string_view text, const std::array<std::string_view, kCount>& phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [text](std::string_view phrase) {
    return text.find(phrase) != std::string_view::npos;
  });
}

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
constexpr ptrdiff_t kErrorTitleWordsMax = 3;

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

constexpr std::array<std::string_view, 5> kLiveUrls = {"/live/", "liveblog", "live-blog",
                                                       "live-updates", "liveticker"};

constexpr std::array<std::string_view, 18> kConsents = {
    "consent",       "privacy policy", "partners",       "einwilligung",      "zustimmung",
    "datenschutz",   "consentement",   "confidentialit", "partenaires",       "consentimiento",
    "privacidad",    "socios",         "samtykke",       "privatlivspolitik", "toestemming",
    "privacybeleid", "consenso",       "personali"};

// A notice about cookies is what there is to read: words of consent stand thick outside of
// navigation and footer, or several of its phrases do.
bool AsksForConsent(const Page& page) {
  constexpr size_t kTextBytesMax = 4000;
  constexpr double kHitsMin = 3;
  constexpr double kShareMin = 0.06;
  double hits = 0;
  double words = 0;
  std::string text;
  for (const Block& block : page.blocks) {
    if (block.hard_dropped) continue;
    hits += block.stats.cues[static_cast<size_t>(Cue::kConsent)];
    words += block.stats.words;
    if (text.size() < kTextBytesMax)
      text += absl::AsciiStrToLower(base::ToAbsl(page.TextOf(block)));
  }
  if (hits >= kHitsMin && hits > kShareMin * words) return true;
  const auto phrases = std::count_if(
      kConsents.begin(), kConsents.end(),
      [&text](std::string_view phrase) { return text.find(phrase) != std::string::npos; });
  return text.find("cookie") != std::string::npos && phrases >= 3;
}

// A barrier to subscribers stands right behind the text, or in its last lines.
bool EndsAtPaywall(const Page& page, const std::vector<Judgement>& judgements) {
  constexpr int kReach = 8;
  int last = -1;
  for (size_t i = 0; i < judgements.size(); ++i)
    last = judgements[i].kept ? static_cast<int>(i) : last;
  const int to = std::min<int>(static_cast<int>(page.blocks.size()) - 1, last + kReach);
  for (int i = std::max(0, last - 1); i <= to; ++i) {
    const Block& block = page.blocks[static_cast<size_t>(i)];
    if (block.stats.words <= 60 &&
        HasAny(absl::AsciiStrToLower(base::ToAbsl(page.TextOf(block))), kPaywalls))
      return true;
  }
  return false;
}

bool IsFrontPage(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view rest = url.substr(scheme + 3);
  const size_t slash = rest.find('/');
  return slash == std::string_view::npos || slash + 1 == rest.size();
}

// Archives say so as well, but have no date of their own.
bool SaysDatedArticle(const Page& page, const Article& article) {
  return article.published.has_value() &&
         absl::EqualsIgnoreCase(base::ToAbsl(page.Meta("og:type")), "article");
}

// In lower case, apostrophes as plain ones.
std::string Folded(std::string_view text) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(base::ToAbsl(text)), {{"\u2019", "'"}});
}

bool SaysError(const LinkedData& data, const Article& article, const Counts& counts) {
  constexpr size_t kBeginBytes = 400;
  if (counts.kept_words >= kShortWords || data.article || data.live_blog) return false;
  const std::string title = Folded(article.title);
  if (HasAny(title, kErrors)) return true;
  if (std::count(title.begin(), title.end(), ' ') < kErrorTitleWordsMax &&
      HasAny(title, kErrorWords))
    return true;
  return HasAny(Folded(article.text.substr(0, kBeginBytes)), kErrors);
}

PageKind KindOf(const Page& page, const LinkedData& data, const std::vector<Judgement>& judgements,
                std::string_view url, const Article& article, const Counts& counts) {
  const bool brief = counts.kept_words < kShortWords;
  if (SaysError(data, article, counts)) return PageKind::kErrorPage;
  if (brief && counts.all_words > 15 && AsksForConsent(page)) return PageKind::kConsentWall;
  if (counts.kept_words < 350 && (data.paid || EndsAtPaywall(page, judgements)) &&
      counts.kept_words >= 10) {
    return data.paid && !EndsAtPaywall(page, judgements) && counts.kept_words >= 200
               ? PageKind::kArticle
               : PageKind::kPaywallTeaser;
  }
  const bool linked = counts.link_words > 0.5 * counts.all_words && counts.all_words > 200;
  if (!data.article && !data.live_blog && !SaysDatedArticle(page, article) &&
      (brief || IsFrontPage(url)) && (linked || data.listing) &&
      counts.prose_words < 0.15 * counts.all_words) {
    return PageKind::kIndex;
  }
  if (counts.kept_words < 80 && (data.video || page.videos > 0) && !page.plain_text)
    return PageKind::kMediaStub;
  if (counts.kept_words < kArticleWordsMin) return linked ? PageKind::kIndex : PageKind::kEmpty;
  if (data.live_blog ||
      (HasAny(absl::AsciiStrToLower(base::ToAbsl(url)), kLiveUrls) && counts.kept_words > 400))
    return PageKind::kLiveBlog;
  return PageKind::kArticle;
}

// For other kinds than articles there are rules of thumb and no figures: the surer of the blocks
// the model is, the less sure is the kind.
double ConfidenceOf(PageKind kind, const Counts& counts, double rightness) {
  const double article = rightness * std::min(1.0, counts.kept_words / kShortWords);
  switch (kind) {
    case PageKind::kArticle:
    case PageKind::kLiveBlog:
      return rightness;
    case PageKind::kEmpty:
      return 1.0 - 0.5 * std::min(1.0, counts.kept_words / kArticleWordsMin);
    default:
      return std::clamp(1.0 - article, 0.5, 0.95);
  }
}

}  // namespace

std::string_view KindName(PageKind kind) {
  switch (kind) {
    case PageKind::kArticle:
      return "article";
    case PageKind::kLiveBlog:
      return "live_blog";
    case PageKind::kIndex:
      return "index";
    case PageKind::kMediaStub:
      return "media_stub";
    case PageKind::kConsentWall:
      return "consent_wall";
    case PageKind::kPaywallTeaser:
      return "paywall_teaser";
    case PageKind::kErrorPage:
      return "error_page";
    case PageKind::kEmpty:
      return "empty";
  }
  return "empty";
}

void JudgeKind(const Page& page, const LinkedData& data, const std::vector<Judgement>& judgements,
               std::string_view url, double rightness, Article& article) {
  const Counts counts = Count(page, judgements);
  article.kind = KindOf(page, data, judgements, url, article, counts);
  article.confidence = ConfidenceOf(article.kind, counts, rightness);
}

std::string PathOf(const Page& page, const Block& block) {
  std::string path;
  int32_t at = block.node;
  for (int level = 0; level < 3 && at >= 0 && !page.plain_text; ++level) {
    const Node& node = page.nodes[static_cast<size_t>(at)];
    size_t length = 0;
    const lxb_char_t* name = lxb_tag_name_by_id(node.tag, &length);
    std::string part = name == nullptr || node.tag == 0
                           ? "custom"
                           : std::string(reinterpret_cast<const char*>(name), length);
    if (!path.empty()) part.append(" > ").append(path);
    path = std::move(part);
    at = node.parent;
  }
  return path;
}

}  // namespace sluice::deboilerplate
