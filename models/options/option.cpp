#include "models/options/option.h"

namespace imago {

const char* title_of(OptionGroup group) {
  switch (group) {
    case OptionGroup::data:
      return "Pictures";
    case OptionGroup::networks:
      return "Networks";
    case OptionGroup::losses:
      return "Losses";
    case OptionGroup::optimizer:
      return "Optimizer";
    case OptionGroup::images:
      return "Images";
    case OptionGroup::quality:
      return "Quality";
    case OptionGroup::films:
      return "Films";
    case OptionGroup::device:
      return "Device";
    case OptionGroup::run:
      break;
  }
  return "Run";
}

}  // namespace imago
