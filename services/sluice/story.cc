#include "services/sluice/story.h"

#include <memory>
#include <utility>

#include "services/deboilerplate/extractor.h"
#include "services/deboilerplate/metadata.h"

namespace sluice::cli {

absl::StatusOr<Story> ReadStory(const std::string& place, const WebPageOptions& options) {
  absl::StatusOr<WebPage> page = ReadPage(place, options);
  if (!page.ok()) return page.status();
  Story story;
  story.url = page->url;
  if (!IsWebAddress(place) && !deboilerplate::LooksLikeHtml(page->body)) {
    story.text = std::move(page->body);
    // As the pipeline tells it.
    story.language = deboilerplate::DetectLanguage(story.text, "");
    return story;
  }
  absl::StatusOr<std::unique_ptr<deboilerplate::Extractor>> extractor =
      deboilerplate::Extractor::Create({});
  if (!extractor.ok()) return extractor.status();
  deboilerplate::Article article = (*extractor)
                                       ->Extract(page->body, {.url = page->url,
                                                              .charset = page->charset,
                                                              .content_type = page->content_type});
  story.title = std::move(article.title);
  story.text = std::move(article.text);
  story.date = article.published.has_value() ? article.published->Format() : "";
  story.language = std::move(article.language);
  story.extracted = true;
  return story;
}

}  // namespace sluice::cli
