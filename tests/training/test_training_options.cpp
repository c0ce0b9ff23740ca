// The declarations of options: complete, without contradictions, and read by everyone alike.
#include "models/training/training_options.h"

#include <gtest/gtest.h>

#include <set>

#include "models/training/methods/outputs.h"
#include "models/training/request_json.h"
#include "models/translate/translate_options.h"

namespace imago {
namespace {

template <class Settings>
void expect_sound(const std::vector<Option<Settings>>& options) {
  std::set<std::string> names, keys;
  std::set<char> letters;
  for (const Option<Settings>& option : options) {
    for (std::vector<std::string> all : {std::vector{option.name, option.off_name}, option.aliases})
      for (const std::string& name : all) {
        if (!name.empty()) {
          EXPECT_TRUE(names.insert(name).second) << name;
        }
        EXPECT_EQ(name.find('_'), std::string::npos) << name << ": the command line has dashes";
      }
    for (std::vector<std::string> all : {std::vector{option.key}, option.other_keys})
      for (const std::string& key : all)
        if (!key.empty()) {
          EXPECT_TRUE(keys.insert(key).second) << key;
        }
    if (option.letter) {
      EXPECT_TRUE(letters.insert(option.letter).second) << option.letter;
    }
    if (!option.name.empty() || !option.off_name.empty()) {
      EXPECT_FALSE(option.help.empty()) << option.name;
      EXPECT_FALSE(option.help.ends_with('.')) << option.name;
    }
    EXPECT_LE(option.range.least, option.range.most) << option.name;
  }
}

TEST(TrainingOptions, NoTwoHaveOneName) {
  expect_sound(training_options());
  expect_sound(translate_options());
}

TEST(TrainingOptions, DefaultsAreInTheirRanges) {
  for (const char* method : {"pix2pix", "cyclegan", "srgan", "gan", "dcgan", "cgan", "wgan-gp",
                             "sngan", "stylegan2", "tabular", "wavegan"}) {
    TrainingRequest request = default_request(method);
    for (const Option<TrainingRequest>& option : training_options()) {
      if (!option.applies_to(method) || option.name.empty()) continue;
      std::visit(
          [&](const auto& reach) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(reach)>, Choice<TrainingRequest>>) {
              using T = std::decay_t<decltype(reach(request))>;
              if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
                EXPECT_GE(static_cast<double>(reach(request)), option.range.least) << option.name;
                EXPECT_LE(static_cast<double>(reach(request)), option.range.most) << option.name;
              }
            } else {
              const std::vector<std::string> words = reach.words(request);
              EXPECT_NE(std::ranges::find(words, reach.get(request)), words.end()) << option.name;
            }
          },
          option.field);
    }
  }
}

TEST(TrainingOptions, KeysOfBothWordsAreRead) {
  const auto read = [](const std::string& fields) {
    return request_from_json("{\"imago_options\":1,\"method\":\"pix2pix\"," + fields + "}", "o");
  };
  for (const char* key : {"average", "ema"})
    EXPECT_FLOAT_EQ(read("\"" + std::string(key) + "\":0.75").ema, 0.75f) << key;
  for (const char* key : {"recompute", "gradient_checkpointing"})
    EXPECT_TRUE(read("\"" + std::string(key) + "\":true").gradient_checkpointing) << key;
}

TEST(TrainingOptions, AReportNamesWhatWasChanged) {
  TrainingRequest request = default_request("cyclegan");
  EXPECT_TRUE(changed_options(request).empty());
  request.spectral_norm = true;
  request.data.flip = false;
  request.pool_size = 7;
  request.name = "any";
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"no-flip", "yes"}, {"spectral-norm", "yes"}, {"pool-size", "7"}};
  EXPECT_EQ(changed_options(request), expected);
}

TEST(TrainingOutputs, NamesLeadBackToWhatTheyName) {
  for (const char* name :
       {"G_GAN", "G_L1", "D_fake", "D_real", "penalty", "G_A", "G_B", "cycle_A", "idt_B", "D_A",
        "D_fake_B", "pixel", "adversarial", "feature", "tv", "D", "r1", "cross_entropy"}) {
    const std::optional<Loss> loss = loss_named(name);
    ASSERT_TRUE(loss) << name;
    EXPECT_EQ(loss->name(), name);
  }
  EXPECT_FALSE(loss_named("wavelet"));
  EXPECT_TRUE(loss_named("cycle_A")->is_content() && loss_named("pixel")->is_content());
  EXPECT_FALSE(loss_named("G_GAN")->is_content() || loss_named("tv")->is_content());
  EXPECT_TRUE(loss_named("G_A")->is_adversarial() && loss_named("penalty_B")->is_adversarial());
  EXPECT_FALSE(loss_named("G_L1")->is_adversarial() || loss_named("feature")->is_adversarial());
  for (const char* name :
       {"gradient_G", "weights_D_A", "accuracy_D", "accuracy_C", "augmentation_D"})
    EXPECT_EQ(health_named(name)->name(), name);
  EXPECT_FALSE(health_named("accuracy_X"));
  EXPECT_TRUE(loss_named("cross_entropy")->is_content());
  EXPECT_EQ(network_named("G_B"), kG_B);
  EXPECT_EQ(network_named("C"), kC);
  EXPECT_TRUE(kG.owns("G.model.1.weight"));
  EXPECT_FALSE(kG.owns("G_A.model.1.weight") || kG.owns("average.G.model.1.weight"));
}

}  // namespace
}  // namespace imago
