#include "models/training/request_json.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <type_traits>
#include <vector>

#include "compute/base/atomic_file.h"
#include "compute/base/error.h"
#include "models/training/run/text_file.h"
#include "models/training/training_options.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

constexpr int kOptionsFormat = 1;

/// The double that is written with the fewest digits and is read back as this float: 0.02 instead
/// of 0.019999999552965164.
double readable(float value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  double shortest = 0;
  std::from_chars(text, end, shortest);
  return static_cast<float>(shortest) == value ? shortest : double{value};
}

template <class T>
ordered_json json_of(const T& value) {
  if constexpr (std::is_same_v<T, std::filesystem::path>)
    return value.string();
  else if constexpr (std::is_same_v<T, float>)
    return readable(value);
  else if constexpr (std::is_same_v<T, std::optional<int>>)
    return value ? ordered_json(*value) : ordered_json(nullptr);
  else
    return value;
}

ordered_json json_of(const Option<TrainingRequest>& option, const TrainingRequest& request) {
  return std::visit(
      [&](const auto& reach) -> ordered_json {
        if constexpr (std::is_same_v<std::decay_t<decltype(reach)>, Choice<TrainingRequest>>)
          return reach.get(request);
        else
          return json_of(reach(const_cast<TrainingRequest&>(request)));
      },
      option.field);
}

/// Takes fields out of an object and remembers which it was asked for.
class Reader {
 public:
  Reader(const ordered_json& object, const std::string& source)
      : object_(object), source_(source) {}

  template <class T>
  void read(const std::string& name, T& value) {
    take(name, [&](const ordered_json& from) { from.get_to(value); });
  }

  void read(const Option<TrainingRequest>& option, TrainingRequest& request) {
    std::vector<std::string> keys = option.other_keys;
    keys.push_back(option.key);
    for (const std::string& key : keys)
      take(key, [&](const ordered_json& from) {
        std::visit([&](const auto& reach) { set(reach, from, request); }, option.field);
      });
  }

  /// Throws Error if the object has a field that nobody asked for.
  void refuse_others() const {
    for (const auto& [name, value] : object_.items())
      if (!known_.contains(name))
        fail("'" + name + "' is not a setting of this version of Imago; use the one that wrote it");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Error(source_ + ": " + what); }

  template <class Set>
  void take(const std::string& name, const Set& set_from) {
    known_.insert(name);
    const auto found = object_.find(name);
    if (found == object_.end()) return;
    try {
      set_from(*found);
    } catch (const nlohmann::json::exception&) {
      fail("'" + name + "' is " + found->dump() + ", which it cannot be");
    }
  }

  template <class Reach>
  void set(const Reach& reach, const ordered_json& from, TrainingRequest& request) const {
    if constexpr (std::is_same_v<Reach, Choice<TrainingRequest>>) {
      const std::string word = from.get<std::string>();
      if (!reach.set(request, word))
        fail("'" + word + "' is not a word of this version of Imago; use the one that wrote it");
    } else {
      auto& value = reach(request);
      using T = std::decay_t<decltype(value)>;
      if constexpr (std::is_same_v<T, std::filesystem::path> ||
                    std::is_same_v<T, std::optional<int>>)
        value = from.get<
            std::conditional_t<std::is_same_v<T, std::filesystem::path>, std::string, int>>();
      else
        value = from.get<T>();
    }
  }

  const ordered_json& object_;
  const std::string& source_;
  std::set<std::string> known_;
};

}  // namespace

std::string to_json(const TrainingRequest& request) {
  ordered_json object = {{"imago_options", kOptionsFormat}, {"method", request.method}};
  for (const Option<TrainingRequest>& option : training_options())
    if (!option.key.empty()) object[option.key] = json_of(option, request);
  try {
    return object.dump(2) + "\n";
  } catch (const nlohmann::json::exception&) {
    throw Error("a folder or file whose name is not UTF-8 cannot be kept in a run's options");
  }
}

TrainingRequest request_from_json(const std::string& text, const std::string& source) {
  const ordered_json object = ordered_json::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("imago_options"))
    throw Error(source + ": is not the options of a training run of Imago");
  Reader reader(object, source);
  int format = 0;
  reader.read("imago_options", format);
  if (format != kOptionsFormat)
    throw Error(source + ": was written by another version of Imago, which keeps options in " +
                "another way; use that one");
  std::string method;
  reader.read("method", method);
  TrainingRequest request;
  try {
    request = default_request(method);
  } catch (const Error& error) {
    throw Error(source + ": " + error.what());
  }
  for (const Option<TrainingRequest>& option : training_options())
    if (!option.key.empty()) reader.read(option, request);
  reader.refuse_others();
  return request;
}

void write_options(const TrainingRequest& request, const std::filesystem::path& path) {
  write_text_file(path, to_json(request));
}

TrainingRequest read_options(const std::filesystem::path& path) {
  return request_from_json(read_text_file(path), path.string());
}

}  // namespace imago
