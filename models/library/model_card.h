// What is told of a model beside what its tensors tell: NAME.json beside NAME.safetensors, as
// scripts/train-models writes it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace imago {

struct ModelCard {
  std::string title;        // "Day to night"
  std::string task;         // "upscale", "day to night", "sketch to photo", "colourize"…
  std::string description;  // a sentence: what it does with a picture
  std::string limits;       // sentences: where it fails
  std::string license;
  std::string origin;            // the address of where it is from; empty: not told
  std::string command;           // that trained it, where it is one of Imago's; empty: not told
  std::string pictures;          // which pictures it learned from; empty: not told
  std::string pictures_from;     // and the address of these
  std::filesystem::path sample;  // a picture of input and output; empty: none
  std::filesystem::path photo;   // to try it with, from samples/ beside its folder; empty: none
};

/// The card of this model; nothing where it has none, or one that cannot be understood: a model
/// does its work without.
std::optional<ModelCard> read_model_card(const std::filesystem::path& model);

}  // namespace imago
