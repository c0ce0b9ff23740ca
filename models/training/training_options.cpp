#include "models/training/training_options.h"

#include "models/training/options/tables.h"

namespace imago {

const std::vector<Option<TrainingRequest>>& training_options() {
  static const OptionTable all = [] {
    OptionTable joined;
    for (const OptionTable& group : {data_options(), sample_options(), network_options(),
                                     loss_options(), optimizer_options(), run_options()})
      joined.insert(joined.end(), group.begin(), group.end());
    return joined;
  }();
  return all;
}

std::vector<std::pair<std::string, std::string>> changed_options(const TrainingRequest& request) {
  const TrainingRequest defaults = default_request(request.method);
  std::vector<std::pair<std::string, std::string>> changed;
  for (const Option<TrainingRequest>& option : training_options()) {
    const std::string& any = option.name.empty() ? option.off_name : option.name;
    if (any.empty() || !option.applies_to(request.method) || !option.type.empty() || any == "name")
      continue;
    const std::string value = text_of(option, request);
    if (value == text_of(option, defaults)) continue;
    // A flag that says no is named by what it says: no-flip yes.
    const bool says_no = !option.off_name.empty() && value == "no";
    changed.emplace_back(says_no ? option.off_name : any, says_no ? "yes" : value);
  }
  return changed;
}

}  // namespace imago
