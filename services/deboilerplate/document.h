#pragma once

#include <string_view>

#include "services/deboilerplate/article.h"
#include "sluice/data/v1/document.pb.h"

namespace sluice::deboilerplate {

// Writes an article into a document, whose envelope is there already. `page_url` resolves the
// page's own addresses; those that are none are left out. Whatever the strings hold, the document
// can be read again.
void WriteArticle(const Article& article, std::string_view page_url, data::v1::Document& document);

}  // namespace sluice::deboilerplate
