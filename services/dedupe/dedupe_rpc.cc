#include "services/dedupe/dedupe_rpc.h"

#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/rpc/status.h"
#include "services/dedupe/stored_rows.h"

namespace sluice::dedupe {

absl::StatusOr<LookupMailbox::Letter> DedupeRpc::Ask(
    const service::v1::LookupRequest& request) const {
  LookupMailbox::Letter letter;
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
  if (const uint64_t url = Deduper::HashUrl(request.url())) letter.arrival.urls.push_back(url);
  fingerprinter_.Make(request.title(), request.text(), letter.arrival.fingerprint);
  return letter;
}

grpc::ServerUnaryReactor* DedupeRpc::Lookup(grpc::CallbackServerContext* context,
                                            const service::v1::LookupRequest* request,
                                            service::v1::LookupResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::StatusOr<LookupMailbox::Letter> letter = Ask(*request);
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

}  // namespace sluice::dedupe
