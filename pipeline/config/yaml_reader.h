#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace sluice::config {

// Looks up an environment variable; empty: it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// Reads YAML into a message whose fields' names are the keys, strictly: a key that the message does
// not have, a key given twice or a value of another kind is an error, and so is 0 for a number that
// is not `optional`: it could not be told from its default. Durations are numbers with ms, s, m, h
// or d. In text, ${env:NAME} and ${file:/path} are replaced (a file's last line end is
// left out), so that secrets need not stand in the file.
//   kInvalidArgument: the message names `name`, the line, the key, what was found and what is
//   expected or the nearest known key. It never contains what a ${...} was replaced by.
absl::Status ReadYaml(std::string_view yaml, std::string_view name, const Environment& environment,
                      google::protobuf::Message& message);

// Sets one field, as --set does: `assignment` is path.to.field=VALUE with VALUE in YAML; what the
// field had is replaced.
absl::Status ApplyAssignment(std::string_view assignment, const Environment& environment,
                             google::protobuf::Message& message);

// A duration as it stands in the configuration: 500ms, 10s, 5m, 2h, 7d, or several of them, 1h30m.
// Empty: it is none.
std::optional<int64_t> ParseDurationNanos(std::string_view text);

}  // namespace sluice::config
