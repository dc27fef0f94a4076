#pragma once

#include <string>
#include <string_view>

#include "services/fetch/xml_reader.h"

namespace sluice::fetch {

// What an element of a feed or of one of its entries says.
enum class FeedField {
  kNone,
  kTitle,
  kOtherTitle,  // Of an extension: counts where there is no kTitle.
  kLink,
  kId,
  kPublished,
  kUpdated,
  kSummary,
  kContent,
  kLanguage,
  kTtl,
  kUpdatePeriod,
  kUpdateFrequency,
};

// Of the start tag that the reader stands at.
FeedField FeedFieldOf(const XmlReader& reader);

// How the characters of an element are to be read: as they are, as HTML, as whichever they look
// like, or as base64 of that. Inline markup (XHTML) is kPlain: its tags are no characters.
enum class FeedText { kPlain, kHtml, kGuess, kBase64 };

// By the element's type and mode; `plain_by_default` is Atom's rule, RSS leaves it open.
FeedText FeedTextOf(const XmlReader& reader, bool plain_by_default);

// The plain text that `characters` stand for, white space folded.
std::string PlainText(std::string_view characters, FeedText kind);

}  // namespace sluice::fetch
