#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/fetch/http_client.h"

namespace sluice::fakes {

// An HttpClient without a network: it keeps what was asked until the test answers. Any thread.
class FakeHttpClient final : public fetch::HttpClient {
 public:
  struct Waiting {
    fetch::HttpRequest request;
    Done done;
  };

  void Start(fetch::HttpRequest request, Done done) override {
    const absl::MutexLock lock(&mutex_);
    asked_.push_back(request);
    waiting_.push_back({std::move(request), std::move(done)});
  }

  // Requests without an answer, oldest first.
  std::vector<std::string> waiting() const {
    const absl::MutexLock lock(&mutex_);
    std::vector<std::string> urls;
    for (const Waiting& waiting : waiting_) urls.push_back(waiting.request.url);
    return urls;
  }

  // All requests so far.
  std::vector<fetch::HttpRequest> asked() const {
    const absl::MutexLock lock(&mutex_);
    return asked_;
  }

  // Takes the oldest request for `url` to be answered. False: there is none.
  bool Answer(std::string_view url, fetch::HttpResponse response) {
    Waiting found;
    {
      const absl::MutexLock lock(&mutex_);
      auto at = waiting_.begin();
      while (at != waiting_.end() && at->request.url != url) ++at;
      if (at == waiting_.end()) return false;
      found = std::move(*at);
      waiting_.erase(at);
    }
    if (response.url.empty()) response.url = found.request.url;
    found.done(std::move(response));
    return true;
  }

  // What is under way is never answered: the process that asked has died.
  void Forget() {
    const absl::MutexLock lock(&mutex_);
    waiting_.clear();
  }

  // A whole answer with a plain body.
  static fetch::HttpResponse Page(std::string body, std::string content_type = "text/html") {
    fetch::HttpResponse response;
    response.status = 200;
    response.content_type = std::move(content_type);
    response.body_bytes = body.size();
    response.body_hash = base::HashBytes(body);
    response.received_bytes = body.size();
    response.body = std::move(body);
    return response;
  }

  static fetch::HttpResponse Status(int status, std::string location = "") {
    fetch::HttpResponse response;
    response.status = status;
    response.location = std::move(location);
    return response;
  }

  static fetch::HttpResponse Error(fetch::HttpError error) {
    fetch::HttpResponse response;
    response.error = error;
    response.error_detail = "as the test wants it";
    return response;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<fetch::HttpRequest> asked_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::fakes
