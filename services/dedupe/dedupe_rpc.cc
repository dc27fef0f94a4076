#include "services/dedupe/dedupe_rpc.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/rpc/status.h"
#include "services/dedupe/page_address.h"
#include "services/dedupe/stored_rows.h"

namespace sluice::dedupe {
namespace {

// A page token is a place in the list: nanoseconds since 1970, then the hash of the address.
std::string EncodeToken(const Withdrawals::ListPlace& place) {
  return fmt::format("{:016x}{:016x}", static_cast<uint64_t>(absl::ToUnixNanos(place.since)),
                     place.url);
}

absl::StatusOr<Withdrawals::ListPlace> DecodeToken(std::string_view token) {
  uint64_t nanos = 0;
  uint64_t url = 0;
  if (token.size() != 32 || !absl::SimpleHexAtoi(base::ToAbsl(token.substr(0, 16)), &nanos) ||
      !absl::SimpleHexAtoi(base::ToAbsl(token.substr(16)), &url)) {
    return absl::InvalidArgumentError("page_token is none; send that of the last answer");
  }
  return Withdrawals::ListPlace{.since = absl::FromUnixNanos(static_cast<int64_t>(nanos)),
                                .url = url};
}

void WriteWithdrawn(const Withdrawn& withdrawn, service::v1::WithdrawnAddress& out) {
  out.set_url(withdrawn.url);
  out.set_reason(withdrawn.reason);
  *out.mutable_since() = base::ToProto(withdrawn.since);
  if (withdrawn.article.has_value()) out.set_article_id(withdrawn.article->id.Hex());
}

}  // namespace

absl::StatusOr<LookupMailbox::Lookup> DedupeRpc::Ask(
    const service::v1::LookupRequest& request) const {
  LookupMailbox::Lookup letter;
  if (!request.id().empty()) {
    absl::StatusOr<base::Hash128> id = ParseId(request.id());
    if (!id.ok()) return id.status();
    letter.id = *id;
    return letter;
  }
  if (request.text().empty()) {
    return absl::InvalidArgumentError("id and text are both empty; set one");
  }
  if (request.text().size() > kTextBytesMax) {
    return absl::InvalidArgumentError(fmt::format("text has {} bytes; at most {} are looked up",
                                                  request.text().size(), kTextBytesMax));
  }
  SetAddress(request.url(), letter.arrival);
  fingerprinter_.Make(request.title(), request.text(), letter.arrival.fingerprint);
  return letter;
}

grpc::ServerUnaryReactor* DedupeRpc::Lookup(grpc::CallbackServerContext* context,
                                            const service::v1::LookupRequest* request,
                                            service::v1::LookupResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::StatusOr<LookupMailbox::Lookup> letter = Ask(*request);
  if (!letter.ok()) {
    reactor->Finish(rpc::ToGrpc(letter.status()));
    return reactor;
  }
  letter->answer = [reactor, response](absl::StatusOr<Place> place) {
    if (place.ok()) {
      data::v1::DedupedDocument& decision = *response->mutable_decision();
      WritePlace(*place, decision);
      // A text that was only asked about has no id, nor an article or cluster of its own.
      const std::string none = base::Hash128().Hex();
      if (place->id != base::Hash128()) decision.mutable_envelope()->set_id(place->id.Hex());
      if (decision.article_id() == none) decision.clear_article_id();
      if (decision.cluster_id() == none) decision.clear_cluster_id();
    }
    reactor->Finish(rpc::ToGrpc(place.status()));
  };
  mailbox_->Post(*std::move(letter));
  return reactor;
}

grpc::ServerUnaryReactor* DedupeRpc::ListWithdrawn(grpc::CallbackServerContext* context,
                                                   const service::v1::ListWithdrawnRequest* request,
                                                   service::v1::ListWithdrawnResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  LookupMailbox::Listing letter;
  const uint32_t wished = request->page_size() == 0 ? kPageRows : request->page_size();
  letter.query.rows_max = std::min(wished, kPageRowsMax);
  if (!request->page_token().empty()) {
    absl::StatusOr<Withdrawals::ListPlace> after = DecodeToken(request->page_token());
    if (!after.ok()) {
      reactor->Finish(rpc::ToGrpc(after.status()));
      return reactor;
    }
    letter.query.after = *after;
  }
  letter.answer = [reactor, response](const absl::StatusOr<Withdrawals::ListPage>& page) {
    if (page.ok()) {
      for (const Withdrawn& row : page->rows) WriteWithdrawn(row, *response->add_withdrawn());
      if (page->next.has_value()) response->set_next_page_token(EncodeToken(*page->next));
    }
    reactor->Finish(rpc::ToGrpc(page.status()));
  };
  mailbox_->Post(std::move(letter));
  return reactor;
}

}  // namespace sluice::dedupe
