#pragma once

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/log/log.h"
#include "pipeline/stage/stage.h"
#include "services/deboilerplate/deboilerplate_options.h"
#include "services/deboilerplate/extractor.h"
#include "sluice/data/v1/document.pb.h"

namespace sluice::deboilerplate {

// Strips pages down to their articles. What is not an article ends here, with its kind as the
// reason.
//
// Touches no socket, file or system clock. What it remembers of a site is in the state table, and
// when it was seen also in RAM, which Load fills: the same pages in the same order give the same
// documents.
//
// Prepare may be called from many threads at once; all else from the shard's thread.
class DeboilerplateStage final : public stage::Stage {
 public:
  static constexpr std::string_view kName = "deboilerplate";
  static constexpr std::string_view kUnsure =
      "unsure";  // An article by its looks, but below confidence_min.
  static constexpr std::array<std::string_view, 8> kDropReasons = {
      "index",      "media_stub", "consent_wall", "paywall_teaser",
      "error_page", "empty",      kUnsure,        "not_html"};

  // Table: site, keyed by registrable domain.
  static log::Spec Spec();

  // kInvalidArgument: an option is out of range; the message names it, its value and the range.
  static absl::StatusOr<std::unique_ptr<DeboilerplateStage>> Create(
      const DeboilerplateOptions& options);

  void Load(std::string_view table, std::string_view key, std::string_view value) override;

  // Inflates and extracts. kInvalidArgument: not a RawPage, or one without id. kDataLoss: its body
  // cannot be opened.
  absl::StatusOr<std::unique_ptr<stage::Prepared>> Prepare(
      const log::Record& record) const override;

  // Takes out what the site repeats, emits the document, or drops the page. A page that is gone, or
  // withdrawn, is passed on as such.
  absl::StatusOr<stage::Verdict> Apply(stage::Prepared& prepared, const log::Record& record,
                                       log::Transaction& transaction) override;

  // For DeboilerplateService.
  const Extractor& extractor() const { return *extractor_; }

 private:
  DeboilerplateStage(const DeboilerplateOptions& options, std::unique_ptr<Extractor> extractor);

  // The site has a page more, which is passed on; `before`: when it was seen until now. Forgets
  // sites that have not been seen for long.
  void Keep(const std::optional<absl::Time>& before, const log::Record& record,
            log::Transaction& transaction);

  const DeboilerplateOptions options_;
  const std::unique_ptr<Extractor> extractor_;
  // Of the table's rows: when the site was seen last, and its key.
  std::set<std::pair<absl::Time, std::string>> sites_;
};

}  // namespace sluice::deboilerplate
