// Items that a feed server sends in one core-second of its own, to many subscribers, the client
// being another process:
//
//   feed_benchmark [--subscribers 1000] [--connections 20] [--item-bytes 4000] [--seconds 10]
//                  [--tls 1]
//
// New items are published as fast as the slowest subscriber takes them, so that batches fill.

#include "tests/bench/feed/feed_benchmark.h"

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/strings.h"
#include "pipeline/rpc/credentials.h"
#include "pipeline/rpc/server.h"
#include "services/feed/feed_rpc.h"
#include "services/feed/feed_store.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/test_certificates.h"

extern char** environ;

namespace sluice::feed {
namespace {

constexpr double kFloor = 250'000;
constexpr double kGoal = 500'000;

struct Setting {
  int subscribers = 1000;
  int connections = 20;
  int item_bytes = 4000;
  int seconds = 10;
  int tls = 0;  // 1: with a certificate.
};

class Tally final : public FeedObserver {
 public:
  void SubscriberCame() override {}
  void SubscriberWent() override {}
  void Sent(size_t of_items, size_t of_bytes) override {
    items.fetch_add(of_items, std::memory_order_relaxed);
    bytes.fetch_add(of_bytes, std::memory_order_relaxed);
    messages.fetch_add(1, std::memory_order_relaxed);
  }
  void CutOff() override { ++cut_off; }
  std::atomic<uint64_t> items = 0, bytes = 0, messages = 0, cut_off = 0;
};

// Live items never come from a table.
class NoTables final : public log::State {
 public:
  std::optional<std::string> Get(std::string_view, std::string_view) const override {
    return std::nullopt;
  }
  void Scan(std::string_view, std::string_view, std::string_view, log::Rows) const override {}
};

ItemPtr MakeItem(uint64_t n, int item_bytes) {
  data::v1::FeedItem item;
  item.mutable_envelope()->set_id(base::TargetId(std::to_string(n)));
  item.set_article_id(item.envelope().id());
  item.set_event(data::v1::FEED_EVENT_PUBLISHED);
  item.mutable_document()->set_text(std::string(static_cast<size_t>(item_bytes) - 100, 'x'));
  return *EncodeItem(n, absl::FromUnixMicros(static_cast<int64_t>(n)), item.SerializeAsString());
}

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Child {
  pid_t pid = 0;
  int to = -1;
  int from = -1;
};

Child StartClient(const std::string& address, const Setting& setting,
                  const std::string& authority) {
  int in[2];
  int out[2];
  if (pipe(in) != 0 || pipe(out) != 0) std::abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  for (const int fd : {in[0], in[1], out[0], out[1]}) {
    posix_spawn_file_actions_addclose(&actions, fd);
  }
  std::string arguments[] = {"feed_benchmark",
                             "--client",
                             address,
                             std::to_string(setting.subscribers),
                             std::to_string(setting.connections),
                             authority};
  char* argv[7] = {};
  for (int i = 0; i < 6; ++i) argv[i] = arguments[i].data();
  Child child;
  if (posix_spawn(&child.pid, "/proc/self/exe", &actions, nullptr, argv, environ) != 0) {
    std::abort();
  }
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  child.to = in[1];
  child.from = out[0];
  return child;
}

// Publishes in steps of a full message, never further than two ahead of what all have been sent.
void Publish(const Setting& setting, FeedStore& store, const Tally& sent, uint64_t& published,
             absl::Time until) {
  const uint64_t step = std::max(1, 65536 / setting.item_bytes);
  while (absl::Now() < until) {
    const uint64_t taken = sent.items / static_cast<uint64_t>(setting.subscribers);
    if (published > taken + step) {
      absl::SleepFor(absl::Microseconds(200));
      continue;
    }
    std::vector<ItemPtr> items;
    for (uint64_t i = 0; i < step; ++i)
      items.push_back(MakeItem(published + i, setting.item_bytes));
    published += step;
    store.Publish(std::move(items), std::nullopt);
  }
}

int RunServer(const Setting& setting) {
  base::SystemClock clock;
  FeedStore store({});
  NoTables tables;
  store.Open(tables);
  Tally sent;
  rpc::Executor disk({});
  FeedRpc service({}, store, disk, clock, sent);
  const support::TestAuthority authority;
  const support::TemporaryDirectory files;
  rpc::Server::Options options = {.listen = "127.0.0.1:0"};
  if (setting.tls != 0) {
    authority.Issue(files.path(), "feed");
    options.credentials = rpc::MakeServerCredentials(
        {.certificate = files.Path("tls.crt"), .key = files.Path("tls.key"), .authorities = ""},
        nullptr);
  }
  auto server =
      rpc::Server::Create(options, {{service::v1::FeedService::service_full_name(), &service}});
  if (!server.ok()) {
    fmt::print(stderr, "{}\n", server.status());
    return 1;
  }
  const Child client =
      StartClient((*server)->address(), setting, setting.tls != 0 ? authority.certificate() : "");
  char ready[6];
  if (read(client.from, ready, sizeof ready) <= 0) return 1;
  uint64_t published = 0;
  Publish(setting, store, sent, published, absl::Now() + absl::Seconds(2));  // Warms up.
  const double cpu = CpuSeconds();
  const absl::Time begin = absl::Now();
  const uint64_t items = sent.items;
  const uint64_t bytes = sent.bytes;
  const uint64_t messages = sent.messages;
  Publish(setting, store, sent, published, begin + absl::Seconds(setting.seconds));
  const double core_seconds = CpuSeconds() - cpu;
  const double wall = absl::ToDoubleSeconds(absl::Now() - begin);
  const auto count = static_cast<double>(sent.items - items);
  const auto sent_messages = static_cast<double>(sent.messages - messages);
  fmt::print(
      "feed subscribers={} connections={} item_bytes={} tls={} items_per_message={:.1f} "
      "items_per_second={:.0f} megabytes_per_second={:.0f} server_cores={:.2f} cut_off={}\n",
      setting.subscribers, setting.connections, setting.item_bytes, setting.tls,
      count / sent_messages, count / wall, static_cast<double>(sent.bytes - bytes) / wall / 1e6,
      core_seconds / wall, sent.cut_off.load());
  fmt::print("feed items_per_server_core_second={:.0f} of_floor={:.2f} of_goal={:.2f}\n",
             count / core_seconds, count / core_seconds / kFloor, count / core_seconds / kGoal);
  close(client.to);
  int status = 0;
  waitpid(client.pid, &status, 0);
  service.Drain();
  (*server)->Shutdown(absl::Seconds(5));
  store.Close();
  return 0;
}

}  // namespace
}  // namespace sluice::feed

int main(int argc, char** argv) {
  if (argc == 6 && std::strcmp(argv[1], "--client") == 0) {
    return sluice::feed::RunClient(argv[2], std::atoi(argv[3]), std::atoi(argv[4]), argv[5]);
  }
  // As the program does: Debian builds Abseil with its search for lock cycles on.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  sluice::feed::Setting setting;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const int value = std::atoi(argv[i + 1]);
    if (name == "--subscribers") setting.subscribers = value;
    if (name == "--connections") setting.connections = value;
    if (name == "--item-bytes") setting.item_bytes = value;
    if (name == "--seconds") setting.seconds = value;
    if (name == "--tls") setting.tls = value;
  }
  return sluice::feed::RunServer(setting);
}
