#include "pipeline/config/yaml_reader.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/base/file.h"
#include "pipeline/base/strings.h"
#include "pipeline/config/nearest.h"

namespace sluice::config {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kSet = "--set ";
constexpr size_t kReferenceBytesMax = 1 << 20;

class Reader {
 public:
  Reader(std::string_view name, const Environment& environment)
      : name_(name), environment_(environment) {}

  absl::Status ReadMessage(const YAML::Node& node, const std::string& path, Message& message) {
    if (node.IsNull()) return absl::OkStatus();
    if (!node.IsMap()) return Error(node, path, "a group of keys is expected here");
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const std::string key = entry.first.Scalar();
      if (!seen.insert(key).second) return Error(entry.first, Join(path, key), "is given twice");
      const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(key);
      if (field == nullptr) return UnknownKey(entry.first, path, *message.GetDescriptor());
      if (absl::Status status = ReadField(entry.second, Join(path, key), *field, message);
          !status.ok()) {
        return status;
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadField(const YAML::Node& node, const std::string& path,
                         const FieldDescriptor& field, Message& message) {
    if (node.IsNull()) return absl::OkStatus();
    if (field.is_map()) return ReadMap(node, path, field, message);
    if (!field.is_repeated()) return ReadValue(node, path, field, message);
    // One value is a list of one.
    const bool plain = field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
                       field.message_type() == google::protobuf::Duration::descriptor();
    if (node.IsScalar() && plain) return ReadValue(node, path, field, message);
    if (!node.IsSequence()) return Error(node, path, "a list is expected here");
    for (size_t i = 0; i < node.size(); ++i) {
      if (absl::Status status = ReadValue(node[i], fmt::format("{}[{}]", path, i), field, message);
          !status.ok()) {
        return status;
      }
    }
    return absl::OkStatus();
  }

 private:
  static std::string Join(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }

  absl::Status Error(const YAML::Node& node, std::string_view path, std::string_view what) const {
    const bool of_file = !name_.starts_with(kSet);
    return absl::InvalidArgumentError(fmt::format(
        "{}{}: {}{}{}", name_, of_file ? fmt::format(", line {}", node.Mark().line + 1) : "", path,
        path.empty() ? "" : ": ", what));
  }

  // As it was written: what a reference stands for may be a secret.
  static std::string Quoted(const YAML::Node& node) {
    return node.IsScalar() ? fmt::format("\"{}\"", node.Scalar()) : "what stands here";
  }

  absl::Status UnknownKey(const YAML::Node& key, const std::string& path,
                          const Descriptor& descriptor) const {
    std::vector<std::string> known;
    known.reserve(static_cast<size_t>(descriptor.field_count()));
    for (int i = 0; i < descriptor.field_count(); ++i) known.push_back(descriptor.field(i)->name());
    const std::string nearest = Nearest(key.Scalar(), known);
    return Error(key, Join(path, key.Scalar()),
                 nearest.empty()
                     ? fmt::format("is not a key; known here: {}", fmt::join(known, ", "))
                     : fmt::format("is not a key; did you mean {}?", nearest));
  }

  absl::Status ReadMap(const YAML::Node& node, const std::string& path,
                       const FieldDescriptor& field, Message& message) {
    if (!node.IsMap()) return Error(node, path, "a group of keys is expected here");
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const std::string key = entry.first.Scalar();
      if (!seen.insert(key).second) return Error(entry.first, Join(path, key), "is given twice");
      if (!entry.second.IsScalar())
        return Error(entry.second, Join(path, key), "a value is expected here");
      std::string value;
      if (absl::Status status = Resolve(entry.second, Join(path, key), value); !status.ok())
        return status;
      Message* pair = message.GetReflection()->AddMessage(&message, &field);
      const Descriptor& descriptor = *pair->GetDescriptor();
      pair->GetReflection()->SetString(pair, descriptor.FindFieldByNumber(1), key);
      pair->GetReflection()->SetString(pair, descriptor.FindFieldByNumber(2), value);
    }
    return absl::OkStatus();
  }

  absl::Status ReadValue(const YAML::Node& node, const std::string& path,
                         const FieldDescriptor& field, Message& message) {
    const Reflection& reflection = *message.GetReflection();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Message* part = field.is_repeated() ? reflection.AddMessage(&message, &field)
                                          : reflection.MutableMessage(&message, &field);
      if (auto* duration = dynamic_cast<google::protobuf::Duration*>(part); duration != nullptr) {
        return ReadDuration(node, path, *duration);
      }
      return ReadMessage(node, path, *part);
    }
    if (!node.IsScalar()) return Error(node, path, "a single value is expected here");
    std::string text;
    if (absl::Status status = Resolve(node, path, text); !status.ok()) return status;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        Set(&Reflection::SetString, &Reflection::AddString, text, field, message);
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_BOOL:
        if (text != "true" && text != "false")
          return Error(node, path, fmt::format("{} is neither true nor false", Quoted(node)));
        Set(&Reflection::SetBool, &Reflection::AddBool, text == "true", field, message);
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_UINT32:
        return SetNumber<uint32_t>(node, path, text, &Reflection::SetUInt32, &Reflection::AddUInt32,
                                   field, message);
      case FieldDescriptor::CPPTYPE_UINT64:
        return SetNumber<uint64_t>(node, path, text, &Reflection::SetUInt64, &Reflection::AddUInt64,
                                   field, message);
      case FieldDescriptor::CPPTYPE_INT32:
        return SetNumber<int32_t>(node, path, text, &Reflection::SetInt32, &Reflection::AddInt32,
                                  field, message);
      case FieldDescriptor::CPPTYPE_INT64:
        return SetNumber<int64_t>(node, path, text, &Reflection::SetInt64, &Reflection::AddInt64,
                                  field, message);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return SetNumber<double>(node, path, text, &Reflection::SetDouble, &Reflection::AddDouble,
                                 field, message);
      default:
        return Error(node, path, "has a type that the configuration does not use");
    }
  }

  template <typename Setter, typename Adder, typename Value>
  static void Set(Setter setter, Adder adder, Value value, const FieldDescriptor& field,
                  Message& message) {
    const Reflection& reflection = *message.GetReflection();
    if (field.is_repeated()) {
      (reflection.*adder)(&message, &field, std::move(value));
    } else {
      (reflection.*setter)(&message, &field, std::move(value));
    }
  }

  template <typename Number, typename Setter, typename Adder>
  absl::Status SetNumber(const YAML::Node& node, const std::string& path, const std::string& text,
                         Setter setter, Adder adder, const FieldDescriptor& field,
                         Message& message) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
      return Error(node, path,
                   fmt::format("{} is not a number that fits here ({})", Quoted(node),
                               field.cpp_type_name()));
    }
    // Such a field cannot tell 0 from nothing, and would take the default without a word.
    if (number == 0 && !field.is_repeated() && !field.has_presence())
      return Error(node, path, "is 0; write 1 or more, or leave it out for the default");
    Set(setter, adder, number, field, message);
    return absl::OkStatus();
  }

  absl::Status ReadDuration(const YAML::Node& node, const std::string& path,
                            google::protobuf::Duration& duration) const {
    std::string text;  // Stays empty where it is no scalar.
    if (node.IsScalar()) {
      if (absl::Status status = Resolve(node, path, text); !status.ok()) return status;
    }
    const std::optional<int64_t> nanos = ParseDurationNanos(text);
    if (!nanos.has_value()) {
      return Error(
          node, path,
          fmt::format("{} is no duration; write it as 500ms, 10s, 5m, 2h or 7d", Quoted(node)));
    }
    duration.set_seconds(*nanos / 1'000'000'000);
    duration.set_nanos(static_cast<int32_t>(*nanos % 1'000'000'000));
    return absl::OkStatus();
  }

  // Replaces ${env:NAME} and ${file:/path}.
  absl::Status Resolve(const YAML::Node& node, const std::string& path, std::string& text) const {
    const std::string& raw = node.Scalar();
    size_t at = 0;
    for (size_t start = raw.find("${"); start != std::string::npos; start = raw.find("${", at)) {
      const size_t end = raw.find('}', start);
      if (end == std::string::npos) return Error(node, path, "${ without its }");
      const std::string reference = raw.substr(start + 2, end - start - 2);
      text.append(raw, at, start - at);
      at = end + 1;
      if (reference.starts_with("env:")) {
        const std::optional<std::string> value = environment_(reference.substr(4));
        if (!value.has_value()) {
          return Error(node, path,
                       fmt::format("the environment has no variable {}", reference.substr(4)));
        }
        text += *value;
      } else if (reference.starts_with("file:")) {
        const absl::StatusOr<std::string> file =
            base::ReadFile(reference.substr(5), kReferenceBytesMax);
        if (!file.ok()) return Error(node, path, base::ToStd(file.status().message()));
        text += *file;
        if (text.ends_with('\n')) text.pop_back();
      } else {
        return Error(
            node, path,
            fmt::format("${{{}}} is neither ${{env:NAME}} nor ${{file:/path}}", reference));
      }
    }
    text.append(raw, at);
    return absl::OkStatus();
  }

  std::string_view name_;
  const Environment& environment_;
};

absl::StatusOr<YAML::Node> Load(std::string_view yaml, std::string_view name) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(yaml));
    if (documents.size() > 1 && !documents[1].IsNull()) {
      return absl::InvalidArgumentError(
          fmt::format("{}, line {}: a second document begins here, after ---, and would not be "
                      "read; put all keys into one",
                      name, documents[1].Mark().line + 1));
    }
    return documents.empty() ? YAML::Node() : documents[0];
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        fmt::format("{}, line {}: is not YAML: {}", name, error.mark.line + 1, error.msg));
  }
}

}  // namespace

absl::Status ReadYaml(std::string_view yaml, std::string_view name, const Environment& environment,
                      Message& message) {
  const absl::StatusOr<YAML::Node> node = Load(yaml, name);
  if (!node.ok()) return node.status();
  return Reader(name, environment).ReadMessage(*node, "", message);
}

absl::Status ApplyAssignment(std::string_view assignment, const Environment& environment,
                             Message& message) {
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return absl::InvalidArgumentError(
        fmt::format("--set {}: path.to.field=VALUE is expected", assignment));
  }
  const std::string name = fmt::format("{}{}", kSet, assignment.substr(0, equals));
  const absl::StatusOr<YAML::Node> value = Load(assignment.substr(equals + 1), name);
  if (!value.ok()) return value.status();

  Message* part = &message;
  std::string_view path = assignment.substr(0, equals);
  Reader reader(name, environment);
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    const FieldDescriptor* field =
        part->GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
    if (field == nullptr || field->is_repeated() ||
        field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      break;
    }
    part = part->GetReflection()->MutableMessage(part, field);
    path.remove_prefix(dot + 1);
  }
  const FieldDescriptor* field = part->GetDescriptor()->FindFieldByName(std::string(path));
  if (field == nullptr) {
    YAML::Node wrong;
    wrong[std::string(path)] = *value;
    return reader.ReadMessage(wrong, "", *part);
  }
  part->GetReflection()->ClearField(part, field);
  return reader.ReadField(*value, std::string(path), *field, *part);
}

std::optional<int64_t> ParseDurationNanos(std::string_view text) {
  int64_t total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
    text.remove_prefix(end - text.data());
    const size_t unit_length = std::min(text.find_first_of("0123456789."), text.size());
    const std::string_view unit = text.substr(0, unit_length);
    double seconds = 0;
    if (unit == "ms")
      seconds = 1e-3;
    else if (unit == "s")
      seconds = 1;
    else if (unit == "m")
      seconds = 60;
    else if (unit == "h")
      seconds = 3600;
    else if (unit == "d")
      seconds = 86400;
    else
      return std::nullopt;
    if (number * seconds > 9e9) return std::nullopt;
    const int64_t part = std::llround(number * seconds * 1e9);
    if (part > std::numeric_limits<int64_t>::max() - total) return std::nullopt;
    total += part;
    text.remove_prefix(unit_length);
  }
  return total;
}

}  // namespace sluice::config
