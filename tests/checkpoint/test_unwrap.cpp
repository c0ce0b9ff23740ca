#include <gtest/gtest.h>

#include "models/checkpoint/checkpoint.h"

namespace imago {
namespace {

StateDict dict_of(const std::vector<std::string>& names, const std::set<std::string>& groups = {}) {
  StateDict tensors;
  for (const std::string& name : names) {
    tensors.insert(name, HostTensor::from_float({1}, {static_cast<float>(tensors.size())}));
  }
  tensors.groups = groups;
  return tensors;
}

std::vector<std::string> unwrapped(const std::vector<std::string>& names,
                                   const std::set<std::string>& groups = {}) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : unwrap(dict_of(names, groups))) result.push_back(name);
  return result;
}

using Names = std::vector<std::string>;

TEST(Unwrap, TakesTheFirstWrapperOfTheList) {
  const Names wrappers = {"params_ema",       "params-ema", "params", "state_dict",
                          "model_state_dict", "model",      "net"};
  Names all;
  std::set<std::string> groups;
  for (auto wrapper = wrappers.rbegin(); wrapper != wrappers.rend(); ++wrapper) {
    all.push_back(*wrapper + ".only_in_" + *wrapper);
    groups.insert(*wrapper);
    EXPECT_EQ(unwrapped(all, groups), Names{"only_in_" + *wrapper});
  }
}

TEST(Unwrap, StripsModuleThenNetG) {
  EXPECT_EQ(unwrapped({"module.a.weight", "module.b"}), (Names{"a.weight", "b"}));
  EXPECT_EQ(unwrapped({"netG.a", "netG.b"}), (Names{"a", "b"}));
  EXPECT_EQ(unwrapped({"state_dict.module.netG.a", "epoch"}, {"state_dict"}), (Names{"a"}));
}

// A part of a network that was wrapped: "model" is a layer still.
TEST(Unwrap, StripsMarksInsideNames) {
  const Names layers = {"model.1.weight", "model.10.conv_block.5.bias"};
  EXPECT_EQ(unwrapped({"model._orig_mod.1.weight", "model._orig_mod.10.conv_block.5.bias"}),
            layers);
  EXPECT_EQ(unwrapped({"model.module.1.weight", "model.module.10.conv_block.5.bias"}), layers);
  EXPECT_EQ(unwrapped({"model.1.module.weight", "model.10.conv_block._orig_mod.5.bias"}), layers);
}

TEST(Unwrap, LeavesLayersCalledModelOrNetAlone) {
  const Names cyclegan = {"model.1.weight", "model.1.bias", "model.10.conv_block.1.weight"};
  const Names unet = {"model.model.0.weight", "model.model.1.model.1.weight"};
  const Names esrgan = {"model.0.weight", "model.1.sub.0.RDB1.conv1.0.weight"};
  const Names pixel = {"net.0.weight", "net.2.weight"};
  for (const Names& names : {cyclegan, unet, esrgan, pixel}) EXPECT_EQ(unwrapped(names), names);
}

TEST(Unwrap, TakesADictionaryCalledModel) {
  EXPECT_EQ(unwrapped({"model.model.1.weight"}, {"model"}), Names{"model.1.weight"});
  EXPECT_EQ(unwrapped({"net.0.weight", "optimizer.0"}, {"net", "optimizer"}), Names{"0.weight"});
  // A flat file (safetensors) whose every name goes on with a word.
  EXPECT_EQ(unwrapped({"model.conv_first.weight", "model.body.0.bias"}),
            (Names{"conv_first.weight", "body.0.bias"}));
  EXPECT_EQ(unwrapped({"model.conv_first.weight", "other"}),
            (Names{"model.conv_first.weight", "other"}));
}

TEST(Unwrap, KeepsTheTensorsAndTheNotes) {
  StateDict tensors = dict_of({"iter.x", "params.a", "params.b"}, {"params", "params.sub", "iter"});
  tensors.metadata["license"] = "MIT";
  tensors.warnings = {"hm"};
  const StateDict inner = unwrap(tensors);
  EXPECT_EQ(inner.find("b")->to_float()[0], 2);
  EXPECT_EQ(inner.metadata, tensors.metadata);
  EXPECT_EQ(inner.warnings, tensors.warnings);
  EXPECT_EQ(inner.groups, std::set<std::string>{"sub"});
}

TEST(Unwrap, RefusesNamesThatCollide) {
  EXPECT_THROW(unwrapped({"a", "module.a"}), CheckpointError);
}

}  // namespace
}  // namespace imago
