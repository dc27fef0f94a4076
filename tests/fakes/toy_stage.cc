#include "tests/fakes/toy_stage.h"

#include "pipeline/base/hash.h"
#include "pipeline/base/strings.h"
#include "sluice/data/v1/document.pb.h"

namespace sluice::fakes {
namespace {

class PreparedDocument final : public stage::Prepared {
 public:
  const data::v1::Envelope* envelope() const override { return &document.envelope(); }
  data::v1::Document document;
};

}  // namespace

void ToyStage::Load(std::string_view /*table*/, std::string_view key, std::string_view value) {
  seen_[std::string(key)] = std::stoi(std::string(value));
}

absl::StatusOr<std::unique_ptr<stage::Prepared>> ToyStage::Prepare(
    const log::Record& record) const {
  auto prepared = std::make_unique<PreparedDocument>();
  if (!prepared->document.ParseFromArray(record.value.data(),
                                         static_cast<int>(record.value.size()))) {
    return absl::InvalidArgumentError("is not a Document");
  }
  if (prepared->document.title() == "poison") return absl::InvalidArgumentError("is poison");
  return prepared;
}

absl::StatusOr<stage::Verdict> ToyStage::Apply(stage::Prepared& prepared, const log::Record& record,
                                               log::Transaction& transaction) {
  data::v1::Document& document = static_cast<PreparedDocument&>(prepared).document;
  const std::string title = document.title();
  if (title == "drop") return stage::Verdict::Dropped(kUnwanted, "as its title says");
  if (title == "flaky" && failures_++ < options_.flaky_failures) {
    return absl::UnavailableError("try again");
  }
  document.set_text(fmt::format("{}", seen_[title] + 1));
  if (absl::Status status =
          transaction.Emit(options_.output, record.key, document.SerializeAsString());
      !status.ok()) {
    return status;
  }
  transaction.Put("seen", title, document.text());
  if (title == "refuse") return absl::DataLossError("refused after emitting");
  ++seen_[title];
  return stage::Verdict::Passed();
}

runtime::StagePlan MakeToyPlan(std::string stage, std::string input, std::string output) {
  return {.spec = {.stage = std::move(stage),
                   .inputs = {std::move(input)},
                   .outputs = {output},
                   .tables = {{.name = "seen"}}},
          .drop_reasons = {ToyStage::kUnwanted},
          .make = [output](log::Partition,
                           runtime::Wake) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
            return std::make_unique<ToyStage>(ToyStage::Options{.output = output});
          }};
}

std::string MakeToyPage(std::string_view title, int number) {
  data::v1::Document document;
  const std::string url = fmt::format("https://example.org/{}/{}", title, number);
  document.mutable_envelope()->set_id(base::TargetId(url));
  document.mutable_envelope()->set_url(url);
  document.set_title(std::string(title));
  return document.SerializeAsString();
}

}  // namespace sluice::fakes
