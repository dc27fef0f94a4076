#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <cstdint>
#include <string>

namespace sluice::kafka {

// Kafka's numbers of requests.
enum Api : int16_t {
  kProduce = 0,
  kJoinGroup = 11,
  kInitProducerId = 22,
  kAddPartitionsToTxn = 24,
  kAddOffsetsToTxn = 25,
  kEndTxn = 26,
  kTxnOffsetCommit = 28,
};

// librdkafka's mock cluster of one broker, for its errors: what a broker really does is tested with
// one.
class MockCluster {
 public:
  MockCluster() {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", nullptr, 0);
    host_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
    cluster_ = rd_kafka_mock_cluster_new(host_, 1);
  }
  ~MockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(host_);
  }
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  void MakeTopic(const std::string& name) {
    rd_kafka_mock_topic_create(cluster_, name.c_str(), 1, 1);
  }
  // The next request of that kind is answered so.
  void Push(Api api, rd_kafka_resp_err_t error) {
    rd_kafka_mock_push_request_errors(cluster_, api, 1, error);
  }
  void TakeDown() { rd_kafka_mock_broker_set_down(cluster_, 1); }

 private:
  rd_kafka_t* host_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace sluice::kafka
