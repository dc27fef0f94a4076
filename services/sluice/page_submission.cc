#include "services/sluice/page_submission.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/base/utf8.h"

namespace sluice::cli {
namespace {

bool MayPass(const grpc::Status& status) {
  return status.error_code() == grpc::UNAVAILABLE ||
         status.error_code() == grpc::RESOURCE_EXHAUSTED ||
         status.error_code() == grpc::CANCELLED || status.error_code() == grpc::ABORTED;
}

size_t BytesOf(const service::v1::SubmitPagesRequest& request) {
  return request.html().size() + request.text().size() + request.gzip_html().size() + 1024;
}

// A server cannot read a message whose strings are no UTF-8, and archives have such.
void MendText(service::v1::SubmitPagesRequest& request) {
  for (std::string* text : {request.mutable_url(), request.mutable_content_type(),
                            request.mutable_charset(), request.mutable_title()}) {
    if (!base::IsValidUtf8(*text)) *text = base::ToValidUtf8(*text);
  }
}

enum Tag : intptr_t { kStart = 1, kWrite, kRead };

// NOLINTNEXTLINE(performance-no-int-to-ptr): gRPC's tags are pointers that nobody follows.
void* AsPointer(Tag tag) { return reinterpret_cast<void*>(tag); }

}  // namespace

PageSubmission::PageSubmission(const Options& options, const base::Clock& clock)
    : options_(options),
      stub_(service::v1::FetchService::NewStub(Connect(options.client))),
      clock_(&clock),
      quiet_since_(clock.Now()) {}

absl::Status PageSubmission::Run(Source source, Answer answer, Wait wait) {
  absl::Duration backoff = options_.backoff_min;
  bool told = false;
  for (;;) {
    if (unanswered_.empty()) TakeMore(source, answer);
    if (unanswered_.empty()) return absl::OkStatus();
    const uint64_t before = answers_;
    sent_ = 0;
    const grpc::Status status = Exchange(source, answer);
    if (status.ok() && source_ended_ && unanswered_.empty()) return absl::OkStatus();
    absl::Status why = status.ok()
                           ? absl::UnavailableError("the server ended the stream without an answer")
                           : ClientError(options_.client, status);
    if (!status.ok() && !MayPass(status)) return why;
    if (answers_ != before) {
      backoff = options_.backoff_min;
      told = false;
    }
    const absl::Duration patience = answers_ > 0 ? options_.patience : options_.first_patience;
    if (Silence() > patience) {
      return absl::Status(
          why.code(), base::ToAbsl(fmt::format("given up after {} without an answer: {}", patience,
                                               why.message())));
    }
    if (!std::exchange(told, true)) wait(why);
    absl::SleepFor(backoff);
    backoff = std::min(2 * backoff, options_.backoff_max);
  }
}

void PageSubmission::TakeMore(Source source, Answer answer) {
  if (!MayTakeMore()) return;
  const absl::Time before = clock_->Now();
  std::optional<Page> page;
  do {
    page = source();
    if (page.has_value()) MendText(page->request);
  } while (page.has_value() && Refuse(*page, answer));
  const absl::Time now = clock_->Now();
  quiet_since_ = unanswered_.empty() ? now : quiet_since_ + (now - before);
  source_ended_ = !page.has_value();
  if (!page) return;
  unanswered_bytes_ += BytesOf(page->request);
  unanswered_.push_back(*std::move(page));
}

bool PageSubmission::Refuse(const Page& page, Answer answer) const {
  const size_t bytes = page.request.ByteSizeLong();
  if (bytes <= options_.page_bytes_max) return false;
  service::v1::SubmitResult result;
  result.set_url(page.request.url());
  result.set_error(
      fmt::format("the page has {} bytes; at most {} can be sent", bytes, options_.page_bytes_max));
  answer(page.tag, result);
  return true;
}

absl::Duration PageSubmission::Silence() const {
  return unanswered_.empty() ? absl::ZeroDuration() : clock_->Now() - quiet_since_;
}

bool PageSubmission::MayTakeMore() const {
  return !source_ended_ && (unanswered_.empty() || (unanswered_.size() < options_.pages_max &&
                                                    unanswered_bytes_ < options_.bytes_max));
}

// One stream, from the first page that was not answered to the end of the source or of the stream.
grpc::Status PageSubmission::Exchange(Source source, Answer answer) {
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  auto stream = stub_->PrepareAsyncSubmitPages(&context, &queue);
  service::v1::SubmitPagesResponse response;
  stream->StartCall(AsPointer(kStart));
  bool reading = false;
  bool writing = true;  // The start counts as one.
  bool write_ended = false;
  bool broken = false;
  while (true) {
    if (!writing && !write_ended && !broken) {
      if (sent_ == unanswered_.size()) TakeMore(source, answer);
      if (sent_ < unanswered_.size()) {
        stream->Write(unanswered_[sent_++].request, AsPointer(kWrite));
        writing = true;
      } else if (source_ended_) {
        stream->WritesDone(AsPointer(kWrite));
        writing = write_ended = true;
      }
    }
    if (!reading && !writing) break;
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    if (tag != AsPointer(kRead)) {
      writing = false;
      broken = broken || !ok;
      if (tag == AsPointer(kStart) && ok) {
        stream->Read(&response, AsPointer(kRead));
        reading = true;
      }
      continue;
    }
    if (!ok || unanswered_.empty()) {
      reading = false;
      broken = true;
      continue;
    }
    quiet_since_ = clock_->Now();
    ++answers_;
    const Page page = std::move(unanswered_.front());
    unanswered_.pop_front();
    unanswered_bytes_ -= BytesOf(page.request);
    --sent_;
    answer(page.tag, response.result());
    stream->Read(&response, AsPointer(kRead));
  }
  return FinishCall(*stream, queue);
}

}  // namespace sluice::cli
