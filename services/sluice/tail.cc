#include "services/sluice/tail.h"

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>

#include "absl/time/clock.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/config/yaml_reader.h"
#include "pipeline/rpc/status.h"
#include "services/feed/cursor.h"
#include "services/feed/subscriber.h"
#include "services/sluice/cursor_file.h"
#include "services/sluice/feed_line.h"
#include "sluice/service/v1/feed.grpc.pb.h"

namespace sluice::cli {
namespace {

using service::v1::SubscribeRequest;
using service::v1::SubscribeResponse;

// Whether the same request may go well later.
bool MayPass(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::UNAVAILABLE:
    case grpc::RESOURCE_EXHAUSTED:
    case grpc::CANCELLED:
    case grpc::ABORTED:
    case grpc::INTERNAL:
    case grpc::UNKNOWN:
    case grpc::OK:
      return true;
    default:
      return false;
  }
}

class Tail {
 public:
  Tail(const TailOptions& options, std::ostream& output, std::ostream& messages)
      : options_(options),
        output_(output),
        messages_(messages),
        stub_(service::v1::FeedService::NewStub(Connect(options.client))),
        last_item_(absl::Now()) {}

  absl::Status Run() {
    auto start = ParseFrom(options_.from, absl::Now());
    if (!start.ok()) return start.status();
    request_ = *std::move(start);
    *request_.mutable_filter() = options_.filter;
    request_.set_end_at_head(!options_.follow);
    auto cursor = ReadCursorFile(options_.state);
    if (!cursor.ok()) return cursor.status();
    if (!cursor->empty()) request_.set_cursor(*cursor);
    while (!done_) {
      answered_ = false;
      const grpc::Status status = Subscribe();
      if (!failed_.ok()) return failed_;
      if (done_ || (status.ok() && !options_.follow)) break;
      if (!MayPass(status)) return Refused(status, !cursor->empty());
      // Our own cancelling says nothing of the server.
      if (status.error_code() != grpc::CANCELLED) why_ = ClientError(options_.client, status);
      if (Idle()) return connected_ ? absl::OkStatus() : why_;
      // A stream that ends is nothing to speak of where the next one begins at once.
      if (!answered_) SayAway();
      const absl::Duration left = last_item_ + options_.idle_exit - absl::Now();
      absl::SleepFor(std::clamp(left, absl::ZeroDuration(), backoff_));
      backoff_ = std::min(2 * backoff_, options_.backoff_max);
    }
    return absl::OkStatus();
  }

 private:
  bool Idle() const { return absl::Now() - last_item_ >= options_.idle_exit; }

  absl::Status Refused(const grpc::Status& status, bool from_file) const {
    absl::Status why = ClientError(options_.client, status);
    const bool start = absl::IsFailedPrecondition(why) || absl::IsOutOfRange(why);
    if (!from_file || !start) return why;
    return {why.code(), base::ToAbsl(fmt::format("{} (the cursor is from {}, which goes before "
                                                 "--from: remove the file first)",
                                                 why.message(), options_.state))};
  }

  void SayAway() {
    if (away_) return;
    away_ = true;
    messages_ << fmt::format("sluice: {}; trying again\n", why_.message());
  }

  void CameBack(const grpc::ClientContext& context) {
    connected_ = answered_ = true;
    backoff_ = options_.backoff_min;
    if (away_) messages_ << "sluice: connected again\n";
    away_ = false;
    // Without items yet: where it began, rather than a "now" that moves.
    Remember(context.GetServerInitialMetadata());
  }

  // Goes on from the cursor in the metadata, here and in a run to come.
  void Remember(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
    const auto found = metadata.find(feed::kCursorMetadata);
    if (found == metadata.end()) return;
    const std::string cursor(found->second.data(), found->second.size());
    request_.set_cursor(cursor);
    failed_ = WriteCursorFile(options_.state, cursor);
    done_ = done_ || !failed_.ok();
  }

  // Waits for the one operation under way. False: it failed, or the time has come to end.
  bool Next(grpc::CompletionQueue& queue, grpc::ClientContext& context) {
    void* tag = nullptr;
    bool ok = false;
    const absl::Time deadline = last_item_ + options_.idle_exit;
    const auto until = deadline == absl::InfiniteFuture()
                           ? std::chrono::system_clock::time_point::max()
                           : absl::ToChronoTime(deadline);
    if (queue.AsyncNext(&tag, &ok, until) == grpc::CompletionQueue::GOT_EVENT) return ok;
    done_ = connected_;
    context.TryCancel();
    queue.Next(&tag, &ok);
    return false;
  }

  grpc::Status Subscribe() {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    auto stream = stub_->PrepareAsyncSubscribe(&context, request_, &queue);
    stream->StartCall(nullptr);
    bool open = Next(queue, context);
    if (open) {
      stream->ReadInitialMetadata(nullptr);
      open = Next(queue, context);
    }
    for (bool first = true; open && !done_; first = false) {
      SubscribeResponse response;
      // A refusal has metadata too, but no message; a stream that waits has been accepted.
      if (first && context.GetServerInitialMetadata().contains(feed::kCursorMetadata)) {
        CameBack(context);
      }
      stream->Read(&response, nullptr);
      open = Next(queue, context);
      if (open) Print(response);
    }
    if (done_) context.TryCancel();
    grpc::Status status = FinishCall(*stream, queue);
    if (status.ok())
      Remember(context.GetServerTrailingMetadata());  // Behind what was filtered out.
    return status;
  }

  void Print(const SubscribeResponse& response) {
    std::string cursor = response.cursor();
    for (const service::v1::CursorItem& item : response.items()) {
      if (options_.jsonl) {
        output_ << FeedLine(item).dump(-1, ' ', false,
                                       nlohmann::ordered_json::error_handler_t::replace)
                << '\n';
      } else {
        output_ << FeedText(item);
      }
      last_item_ = absl::Now();
      if (++printed_ != options_.limit) continue;
      done_ = true;
      cursor = item.cursor();
      break;
    }
    request_.set_cursor(cursor);
    if (!output_.flush()) {
      failed_ = absl::DataLossError("the output cannot be written");
    } else {
      if (!options_.state.empty() && options_.sync_output) failed_ = options_.sync_output();
      if (failed_.ok()) failed_ = WriteCursorFile(options_.state, cursor);
    }
    done_ = done_ || !failed_.ok();
  }

  const TailOptions& options_;
  std::ostream& output_;
  std::ostream& messages_;
  std::unique_ptr<service::v1::FeedService::Stub> stub_;
  SubscribeRequest request_;
  absl::Time last_item_;
  absl::Duration backoff_ = options_.backoff_min;
  uint64_t printed_ = 0;
  bool connected_ = false;  // At least once,
  bool answered_ = false;   // and at the last attempt.
  bool away_ = false;       // And the user was told.
  bool done_ = false;
  absl::Status failed_;
  absl::Status why_ = absl::UnavailableError("no answer");  // Of the last attempt that failed.
};

}  // namespace

absl::Duration ParseSpan(std::string_view text) {
  return absl::Nanoseconds(config::ParseDurationNanos(text).value_or(0));
}

absl::StatusOr<SubscribeRequest> ParseFrom(std::string_view from, absl::Time now) {
  SubscribeRequest request;
  const std::string text(from);
  absl::Time time;
  std::string error;
  if (from == "now") return request;
  if (from == "beginning") {
    request.set_beginning(true);
  } else if (feed::Cursor::Decode(from).ok()) {
    request.set_cursor(text);
  } else if (absl::ParseTime(absl::RFC3339_full, text, &time, &error) ||
             absl::ParseTime("%Y-%m-%d", text, absl::UTCTimeZone(), &time, &error) ||
             absl::ParseTime("%Y-%m-%d %H:%M", text, absl::UTCTimeZone(), &time, &error)) {
    *request.mutable_time() = base::ToProto(time);
  } else if (const absl::Duration age = ParseSpan(from); age > absl::ZeroDuration()) {
    *request.mutable_time() = base::ToProto(now - age);
  } else {
    return absl::InvalidArgumentError(
        fmt::format("--from \"{}\" is no place in the feed; write beginning, now, a time such as "
                    "2026-11-22T08:00:00Z or 2026-11-22 (UTC), an age such as 2h, or a cursor as "
                    "it was printed",
                    from.substr(0, 80)));
  }
  return request;
}

absl::Status RunTail(const TailOptions& options, std::ostream& output, std::ostream& messages) {
  return Tail(options, output, messages).Run();
}

}  // namespace sluice::cli
