// Model cards, and those of the models that come with Imago.
#include "models/library/identify.h"
#include "models/library/model_card.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "models/library/registry.h"
#include "models/networks/generator.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

TEST(ModelCard, IsNothingWhereThereIsNone) {
  const fs::path folder = fs::path(testing::TempDir()) / "imago model cards";
  fs::create_directories(folder);
  const auto card = [&](const std::string& text) {
    std::ofstream(folder / "m.json") << text;
    return read_model_card(folder / "m.safetensors");
  };
  EXPECT_FALSE(read_model_card(folder / "absent.pth"));
  EXPECT_FALSE(card("{\"imago_card\": 1"));
  EXPECT_FALSE(card("[1, 2]"));
  EXPECT_FALSE(card("{\"title\": \"of another program\"}"));
  const auto odd = card(R"({"imago_card": 1, "title": 7, "task": "t", "sample": "../../x.jpg"})");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->title, "");
  EXPECT_EQ(odd->task, "t");
  EXPECT_TRUE(odd->sample.empty()) << "only beside the model";

  const auto told = card(R"({"imago_card": 1, "origin": "https://example.org/m",
      "training": {"command": "imago train", "steps": 7},
      "data": {"what": "Photographs", "from": "https://example.org/p"}})");
  ASSERT_TRUE(told);
  EXPECT_EQ(told->origin, "https://example.org/m");
  EXPECT_EQ(told->command, "imago train");
  EXPECT_EQ(told->pictures, "Photographs");
  EXPECT_EQ(told->pictures_from, "https://example.org/p");
  EXPECT_EQ(card(R"({"imago_card": 1, "data": "none", "training": 3})")->command, "");

  // Pictures that are there, but not where a card may name them.
  fs::create_directories(folder / "weights/small");
  fs::create_directories(folder / "samples/drawings");
  for (const char* picture : {"x.jpg", "weights/small/x.jpg", "samples/drawings/x.png"})
    std::ofstream(folder / picture) << "x";
  const auto below = [&](const std::string& sample, const std::string& given) {
    std::ofstream(folder / "weights/m.json")
        << R"({"imago_card": 1, "sample": ")" << sample << R"(", "try": ")" << given << "\"}";
    return read_model_card(folder / "weights/m.safetensors").value();
  };
  EXPECT_EQ(below("small/x.jpg", "").sample, folder / "weights/small/x.jpg");
  EXPECT_EQ(below("", "drawings/x.png").photo, folder / "samples/drawings/x.png");
  EXPECT_TRUE(below("../x.jpg", "").sample.empty());
  EXPECT_TRUE(below((folder / "x.jpg").string(), "").sample.empty());
  EXPECT_TRUE(below("", "drawings/../../x.jpg").photo.empty());
  fs::remove_all(folder);
}

/// Those of the folder models/weights.
std::vector<InstalledModel> shipped() {
  std::vector<InstalledModel> models = installed_models();
  std::erase_if(models, [](const InstalledModel& model) {
    return model.path.parent_path().filename() != "weights";
  });
  return models;
}

TEST(ModelCard, EveryShippedModelHasOneAndIsSmall) {
  const std::vector<InstalledModel> models = shipped();
  ASSERT_FALSE(models.empty());
  uintmax_t bytes = 0;
  for (const InstalledModel& model : models) {
    SCOPED_TRACE(model.name);
    EXPECT_LE(fs::file_size(model.path), 12'000'000u);
    bytes += fs::file_size(model.path);
    EXPECT_NO_THROW(load_generator(model.path));
    const auto card = read_model_card(model.path);
    ASSERT_TRUE(card);
    for (const std::string& text :
         {card->title, card->task, card->description, card->limits, card->license})
      EXPECT_FALSE(text.empty());
    EXPECT_FALSE(card->sample.empty());
  }
  EXPECT_LE(bytes, 45'000'000u);
}

}  // namespace
}  // namespace imago
