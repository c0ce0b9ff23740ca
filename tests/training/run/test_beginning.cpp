// What is there soon after a run has begun, or before: samples, the time of a step, a model that
// says for which pictures it is.
#include <gtest/gtest.h>

#include <fstream>

#include "compute/base/error.h"
#include "models/library/identify.h"
#include "models/training/step_time.h"
#include "models/training/train.h"
#include "tests/base/folder.h"
#include "tests/data/support.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

constexpr int kPictures = 20;

class Beginning : public testing::Test {
 protected:
  Beginning() {
    for (int i = 0; i < kPictures; ++i)
      test::save_png(root_ / "data/train" / (std::to_string(i) + ".png"), 64, 32,
                     [i](int x, int y, int c) { return (x * 5 + y * 9 + c * 31 + i * 77) % 256; });
  }

  /// An epoch of so many steps as there are pictures.
  TrainingRequest request(const std::string& name) const {
    TrainingRequest request = small_request("pix2pix");
    request.name = name;
    request.checkpoints_dir = root_ / "runs";
    request.data.dataroot = root_ / "data";
    request.schedule.epochs = 1;
    request.schedule.epochs_decay = 0;
    request.validation_pictures = 1;
    return request;
  }
  fs::path model(const std::string& name) const {
    return root_ / "runs" / name / "latest_net_G.pth";
  }
  /// Trains, and tells when it was validated.
  std::vector<int64_t> validated(const TrainingRequest& request) {
    std::vector<int64_t> steps;
    TrainingCallbacks callbacks;
    callbacks.validated = [&](const ValidationRecord& record) { steps.push_back(record.step); };
    train(training_device(), request, callbacks);
    return steps;
  }

  const TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path();
};

TEST_F(Beginning, SamplesComeEverMoreRarelyBeforeTheFirstEpochEnds) {
  TrainingRequest early = request("early");
  early.validate_steps = 3;
  EXPECT_EQ(validated(early), (std::vector<int64_t>{3, 6, 12, 20}));
  EXPECT_EQ(validated(request("plain")), (std::vector<int64_t>{20}));
  EXPECT_TRUE(content_of(model("early")) == content_of(model("plain")))
      << "looking changed what was learned";
}

TEST_F(Beginning, AModelSaysAtWhichSideItLearned) {
  TrainingRequest whole = request("whole");
  whole.max_steps = 1;
  validated(whole);
  EXPECT_EQ(load_generator(model("whole")).info.side, 32);

  // Begun from that one, and from pictures as large as they are.
  TrainingRequest pieces = request("pieces");
  pieces.max_steps = 1;
  pieces.data.preprocess = Preprocess::crop;
  pieces.init_model = model("whole");
  validated(pieces);
  EXPECT_EQ(load_generator(model("pieces")).info.side, 0);
}

TEST_F(Beginning, TheTimeOfAStepIsMeasuredAndNothingWritten) {
  TrainingRequest asked = request("measured");
  asked.data.batch_size = 3;
  const StepTime time = measure_step("", asked);
  EXPECT_GT(time.milliseconds, 0);
  EXPECT_LT(time.milliseconds, 60'000);
  EXPECT_EQ(time.steps_per_epoch, 7);  // the last batch is filled from the next epoch
  EXPECT_FALSE(fs::exists(root_ / "runs"));
  int asks = 0;
  EXPECT_THROW(measure_step("", asked, [&] { return ++asks < 3; }), Cancelled);
  EXPECT_EQ(asks, 3);
}

}  // namespace
}  // namespace imago
