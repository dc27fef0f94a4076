#include "services/sluice/method_scopes.h"

namespace sluice::cli {
namespace {

using security::MethodScope;
using security::Scope;

// read: what was published, and why something was not. submit: sends content in, to be published or
// only judged. admin: sees or changes how it runs, and what is kept out. Sources are the
// operator's: their addresses may have keys in them.
constexpr MethodScope kMethods[] = {
    {"/grpc.health.v1.Health/Check", Scope::kOpen},  // Probes have no tokens.
    {"/grpc.health.v1.Health/Watch", Scope::kOpen},
    {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Scope::kRead},
    {"/sluice.service.v1.FeedService/Subscribe", Scope::kRead},
    {"/sluice.service.v1.FeedService/List", Scope::kRead},
    {"/sluice.service.v1.FeedService/Get", Scope::kRead},
    {"/sluice.service.v1.OutcomeService/Explain", Scope::kRead},
    {"/sluice.service.v1.OutcomeService/ListDeadLetters", Scope::kAdmin},
    {"/sluice.service.v1.FetchService/SubmitUrl", Scope::kSubmit},
    {"/sluice.service.v1.FetchService/SubmitPages", Scope::kSubmit},
    {"/sluice.service.v1.FetchService/Withdraw", Scope::kAdmin},
    {"/sluice.service.v1.FetchService/ListSources", Scope::kAdmin},
    {"/sluice.service.v1.DeboilerplateService/Extract", Scope::kSubmit},
    {"/sluice.service.v1.DedupeService/Lookup", Scope::kSubmit},
    {"/sluice.service.v1.DedupeService/ListWithdrawn", Scope::kAdmin},
    {"/sluice.service.v1.ClassifyRelevanceService/Classify", Scope::kSubmit},
    {"/sluice.service.v1.AdminService/Status", Scope::kAdmin},
    {"/sluice.service.v1.AdminService/Pause", Scope::kAdmin},
    {"/sluice.service.v1.AdminService/Resume", Scope::kAdmin},
    {"/sluice.service.v1.AdminService/Drain", Scope::kAdmin},
    {"/sluice.service.v1.AdminService/ReplayDeadLetters", Scope::kAdmin},
};

}  // namespace

std::span<const MethodScope> MethodScopes() { return kMethods; }

}  // namespace sluice::cli
