#include "services/sluice/method_scopes.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor_database.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "pipeline/base/strings.h"
#include "services/sluice/process.h"
#include "services/sluice/target.h"

namespace sluice::cli {
namespace {

// Every method of every service of ours that is linked into the program.
std::set<std::string> Methods() {
  // What hosts services has to be linked in here as well.
  EXPECT_FALSE(TargetKinds().empty());
  EXPECT_TRUE(absl::IsInvalidArgument(
      RunProcess({.config = {}, .config_directory = {}, .targets = {"none"}})));
  std::vector<std::string> files;
  google::protobuf::DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::set<std::string> methods;
  for (const std::string& name : files) {
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    if (!file->package().starts_with("sluice.")) continue;
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.insert(fmt::format("/{}/{}", file->service(s)->full_name(),
                                   file->service(s)->method(m)->name()));
      }
    }
  }
  return methods;
}

TEST(MethodScopesTest, EveryMethodOfOursHasAScopeAndNoneIsOpen) {
  const std::set<std::string> methods = Methods();
  EXPECT_GE(methods.size(), 18);
  std::set<std::string> named;
  for (const security::MethodScope& entry : MethodScopes()) {
    EXPECT_TRUE(named.emplace(entry.method).second) << entry.method << " is named twice";
    if (!entry.method.starts_with("/sluice.")) continue;
    EXPECT_TRUE(methods.contains(std::string(entry.method))) << entry.method << " is no method";
    EXPECT_NE(entry.scope, security::Scope::kOpen) << entry.method;
  }
  for (const std::string& method : methods) {
    EXPECT_TRUE(named.contains(method)) << method << " has no scope in method_scopes.cc";
  }
}

TEST(MethodScopesTest, OnlyHealthIsOpen) {
  for (const security::MethodScope& entry : MethodScopes()) {
    EXPECT_EQ(entry.scope == security::Scope::kOpen,
              entry.method.starts_with("/grpc.health.v1.Health/"))
        << entry.method;
  }
}

}  // namespace
}  // namespace sluice::cli
