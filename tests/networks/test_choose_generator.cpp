// Checkpoints as training scripts write them: several networks in one file, under names of each
// script's own.
#include <gtest/gtest.h>

#include <filesystem>

#include "compute/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/library/identify.h"
#include "tests/networks/fixture.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

const StateDict& generator() {
  static const StateDict weights = load_fixture("compact_x4").weights;
  return weights;
}

/// Adds `network` to the file under a group; `nested`: as a dictionary of its own, as a .pth has.
void add(StateDict& file, const std::string& group, const StateDict& network, bool nested) {
  for (const auto& [name, tensor] : network) file.insert(group + "." + name, tensor);
  for (size_t dot = group.find('.'); nested; dot = group.find('.', dot + 1)) {
    file.groups.insert(group.substr(0, dot));
    if (dot == std::string::npos) break;
  }
}

StateDict judge() {
  StateDict weights;
  weights.insert("model.0.weight", HostTensor::from_float({4, 3, 1, 1}, std::vector<float>(12)));
  weights.insert("model.0.bias", HostTensor::from_float({4}, std::vector<float>(4)));
  return weights;
}

void expect_generator(const StateDict& tensors) {
  const Generator found = identify(tensors);
  ASSERT_EQ(found.info.architecture, "srvggnet_compact");
  for (const auto& [name, tensor] : generator())
    EXPECT_EQ(found.weights.find(name)->to_float(), tensor.to_float()) << name;
}

TEST(ChooseGenerator, TakesTheOneGroupThatFits) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"netG", "netD"},
      {"generator", "discriminator"},
      {"G", "D"},
      {"net_g", "net_d"},
      {"gen", "disc"},
      {"G_state_dict", "D_state_dict"},
      {"state_dict.generator", "state_dict.discriminator"},
      {"state_dict.model.netG", "state_dict.model.netD"},
      {"networks.upscaler", "networks.critic"},
      {"whatever", "else"}};
  for (const auto& [name, other] : pairs) {
    for (const bool nested : {false, true}) {
      SCOPED_TRACE(name + (nested ? ", nested" : ", flat"));
      StateDict file;
      add(file, other, judge(), nested);
      add(file, name, generator(), nested);
      add(file, "optimizer.state.0", judge(), nested);
      expect_generator(choose_generator(file));
    }
  }
}

TEST(ChooseGenerator, PassesOverWhatWrappersPutIntoNames) {
  const std::vector<std::string> marks = {"module.",           "_orig_mod.", "module._orig_mod.",
                                          "_orig_mod.module.", "netG.",      "module.netG."};
  for (const std::string& mark : marks) {
    SCOPED_TRACE(mark);
    StateDict alone, beside, inside;
    for (const auto& [name, tensor] : generator()) {
      alone.insert(mark + name, tensor);
      beside.insert("netG_A." + mark + name, tensor);
      const size_t dot = name.find('.') + 1;
      if (mark.find("netG") == std::string::npos)
        inside.insert(name.substr(0, dot) + mark + name.substr(dot), tensor);
    }
    add(beside, "netD_A", judge(), false);
    expect_generator(choose_generator(alone));
    expect_generator(choose_generator(beside));
    if (inside.size() > 0) expect_generator(choose_generator(inside));
  }
}

TEST(ChooseGenerator, ListsSeveralAndTakesTheOneThatIsNamed) {
  StateDict file;
  add(file, "state_dict.netG_A", generator(), true);
  add(file, "state_dict.netG_B", load_fixture("rrdb_x4").weights, true);
  add(file, "state_dict.netD_A", judge(), true);
  try {
    choose_generator(file);
    ADD_FAILURE() << "one of two was taken";
  } catch (const Error& error) {
    const std::string what = error.what();
    for (const char* part : {"netG_A", "netG_B", "--key"})
      EXPECT_NE(what.find(part), std::string::npos) << what;
    EXPECT_EQ(what.find("netD_A"), std::string::npos) << what;
  }
  expect_generator(choose_generator(file, "netG_A"));
  expect_generator(choose_generator(file, "state_dict.netG_A"));
  EXPECT_EQ(identify(choose_generator(file, "netG_B")).info.architecture, "rrdbnet");
  EXPECT_THROW(choose_generator(file, "netG_C"), Error);
}

// The order of docs/compat.md decides where a file has the network twice.
TEST(ChooseGenerator, PrefersTheAveragedParameters) {
  StateDict file;
  add(file, "params", load_fixture("rrdb_x4").weights, true);
  add(file, "params_ema", generator(), true);
  expect_generator(choose_generator(file));
}

TEST(ChooseGenerator, LeavesOutCountersAndSaysSo) {
  for (const char* name : {"total_ops", "total_params", "body.0.total_ops", "body.3.total_params",
                           "global_step", "body.1.num_batches_tracked"}) {
    SCOPED_TRACE(name);
    StateDict file = generator();
    file.insert(name, HostTensor{DType::f64, {1}, std::vector<std::byte>(8)});
    const Generator found = identify(choose_generator(file));
    EXPECT_FALSE(found.weights.contains(name));
    if (std::string(name).find("tracked") != std::string::npos) continue;
    ASSERT_EQ(found.info.notes.size(), 1u);
    EXPECT_NE(found.info.notes[0].find(name), std::string::npos);
  }
  // A weight is no counter, however small.
  StateDict more = generator();
  more.insert("body.77.weight", HostTensor::from_float({1}, {0.25f}));
  EXPECT_THROW(identify(more), Error);
  // Nor do counters make an incomplete network whole.
  StateDict less = generator();
  less.erase("body.0.weight");
  less.insert("total_ops", HostTensor{DType::f64, {1}, std::vector<std::byte>(8)});
  EXPECT_THROW(identify(less), Error);
}

TEST(ChooseGenerator, OpensTheReportedFiles) {
  const fs::path cases = fs::path(IMAGO_SHARED_DATA) / "cases";
  if (!fs::exists(cases)) GTEST_SKIP() << "no " << cases;
  for (const char* file : {"netG_netD.pth", "generator_key.pth", "orig_mod_prefix.pth"})
    EXPECT_EQ(load_generator(cases / file).info.architecture, "resnet_6blocks") << file;
}

}  // namespace
}  // namespace imago
