// `imago train tabular` and `imago generate --rows`: from a table to rows that it has not;
// `imago train wavegan` and `imago generate`: from sounds to new ones.
#include <cmath>
#include <fstream>
#include <iterator>
#include <numbers>
#include <set>

#include "models/data/tables/csv.h"
#include "models/sound/wav.h"
#include "tests/base/folder.h"
#include "tests/cli/process.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class RowsTest : public CliTest {
 protected:
  RowsTest() {
    std::ofstream file(folder_ / "people.csv");
    file << "age;city;note;sex;weight\n";
    for (int i = 0; i < 120; ++i)
      file << 20 + i * 7 % 45 << ";" << (i % 3 == 0 ? "Oslo" : "Bern") << ";note " << i << ";"
           << (i % 2 ? "f" : "m") << ";"
           << (i % 9 == 4 ? std::string("?") : std::to_string(50 + i % 40) + ",5") << "\n";
  }

  Finished train(const std::string& table, const std::string& name,
                 const std::string& steps) const {
    return imago({"train",
                  "tabular",
                  "--data",
                  table,
                  "--name",
                  name,
                  "--max-steps",
                  steps,
                  "--ngf",
                  "16",
                  "--ndf",
                  "16",
                  "--latent",
                  "8",
                  "--batch-size",
                  "20",
                  "--print-freq",
                  "1",
                  "--save-steps",
                  "2",
                  "--validate-epochs",
                  "1"});
  }
};

TEST_F(RowsTest, RowsOfTheTableThatAreNotInIt) {
  const Finished trained = train("people.csv", "people", "10");
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_NE(trained.out.find("age: integer, 20 to 64"), std::string::npos) << trained.out;
  EXPECT_NE(trained.err.find("note: left out, has 120 different texts"), std::string::npos)
      << trained.err;
  EXPECT_NE(trained.out.find("condition"), std::string::npos);

  const Finished made = imago(
      {"generate", "-n", "people", "--rows", "50", "-o", "made.csv", "--seed", "3", "--json"});
  ASSERT_EQ(made.status, 0) << made.err;
  const json told = json::parse(made.out);
  EXPECT_EQ(told.at("written"), 50);
  EXPECT_EQ(told.at("copies_looked_for"), true);
  const CsvTable table = read_csv(folder_ / "made.csv");
  EXPECT_EQ(table.separator, ';');
  EXPECT_EQ(table.names, (std::vector<std::string>{"age", "city", "sex", "weight"}));
  ASSERT_EQ(table.rows.size(), 50u);
  for (const auto& row : table.rows) {
    EXPECT_GE(std::stoi(row[0]), 20);
    EXPECT_LE(std::stoi(row[0]), 64);
    EXPECT_TRUE(row[1] == "Oslo" || row[1] == "Bern") << row[1];
    EXPECT_TRUE(row[3] == "?" || row[3].find(',') == row[3].size() - 2) << row[3];
  }
  // A row is its seed's, whatever is made with it.
  imago({"generate", "-n", "people", "--rows", "10", "-o", "few.csv", "--seed", "3"});
  EXPECT_EQ(content_of(folder_ / "made.csv").substr(0, content_of(folder_ / "few.csv").size()),
            content_of(folder_ / "few.csv"));
  const Finished women =
      imago({"generate", "-n", "people", "--rows", "20", "-o", "women.csv", "--where", "sex=f"});
  ASSERT_EQ(women.status, 0) << women.err;
  for (const auto& row : read_csv(folder_ / "women.csv").rows) EXPECT_EQ(row[2], "f");

  // The report has what is preserved, and the newest comparison is beside it.
  const fs::path run = folder_ / "checkpoints" / "people";
  const json report = json::parse(content_of(run / "table.json"));
  EXPECT_EQ(report.at("columns").size(), 4u);
  EXPECT_EQ(report.at("classifier").at("target"), "sex");
  EXPECT_EQ(report.at("privacy").at("rows"), 96);
  const std::string page = content_of(run / "index.html");
  EXPECT_NE(page.find("<h2>Rows</h2>"), std::string::npos);
  EXPECT_NE(page.find("trained on made rows"), std::string::npos);
}

TEST_F(RowsTest, StoppedAndResumedIsTheSameBitForBit) {
  ASSERT_EQ(train("people.csv", "whole", "9").status, 0);
  ASSERT_EQ(train("people.csv", "parts", "4").status, 0);
  const Finished resumed = imago({"resume", "checkpoints/parts", "--max-steps", "9"});
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  for (const char* file : {"latest_net_G.pth", "latest_net_D.pth"})
    EXPECT_EQ(content_of(folder_ / "checkpoints" / "whole" / file),
              content_of(folder_ / "checkpoints" / "parts" / file))
        << file;
}

TEST_F(RowsTest, CopiesAreRefused) {
  std::ofstream(folder_ / "few.csv") << [] {
    std::string text = "a,b\n";
    for (int i = 0; i < 80; ++i)
      text += std::string(i % 2 ? "x" : "y") + "," + (i / 2 % 2 ? "u" : "v") + "\n";
    return text;
  }();
  ASSERT_EQ(train("few.csv", "few", "2").status, 0);
  const Finished all = imago({"generate", "-n", "few", "--rows", "5", "-o", "few-made.csv"});
  EXPECT_NE(all.status, 0);
  EXPECT_NE(all.err.find("stand in the real table"), std::string::npos) << all.err;
  EXPECT_FALSE(fs::exists(folder_ / "few-made.csv"));
  fs::remove(folder_ / "few.csv");
  const Finished unknown = imago({"generate", "-n", "few", "--rows", "5", "-o", "few-made.csv"});
  EXPECT_EQ(unknown.status, 0) << unknown.err;
  EXPECT_NE(unknown.err.find("cannot be left out"), std::string::npos) << unknown.err;
}

TEST_F(RowsTest, WrongUsesAreTold) {
  const Finished absent = train("absent.csv", "a", "2");
  EXPECT_NE(absent.status, 0);
  EXPECT_NE(absent.err.find("absent.csv: cannot be read"), std::string::npos) << absent.err;
  ASSERT_EQ(train("people.csv", "p", "1").status, 0);
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"sex=x", "has no value 'x'"}, {"age=30", "is no category"}, {"note=1", "is no category"}};
  for (const auto& [where, text] : wrong) {
    const Finished made =
        imago({"generate", "-n", "p", "--rows", "2", "-o", "x.csv", "--where", where});
    EXPECT_NE(made.status, 0);
    EXPECT_NE(made.err.find(text), std::string::npos) << made.err;
  }
  const Finished pictures = imago({"generate", "-n", "p", "-o", "pictures"});
  EXPECT_NE(pictures.status, 0);
  EXPECT_NE(pictures.err.find("--rows"), std::string::npos) << pictures.err;
}

class SoundsTest : public CliTest {
 protected:
  SoundsTest() {
    fs::create_directories(folder_ / "tones");
    for (int i = 0; i < 8; ++i) {
      Sound sound{8000, 1, {}};
      for (int t = 0; t < 1500; ++t)
        sound.samples.push_back(
            static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * 500 * t / 8000 + i)));
      write_wav(sound, folder_ / "tones" / (std::to_string(i) + ".wav"));
    }
  }
};

TEST_F(SoundsTest, NewSoundsInFiles) {
  const Finished trained = imago({"train",
                                  "wavegan",
                                  "--dataroot",
                                  "tones",
                                  "--name",
                                  "tones",
                                  "--max-steps",
                                  "2",
                                  "--length",
                                  "1024",
                                  "--rate",
                                  "8000",
                                  "--ngf",
                                  "4",
                                  "--ndf",
                                  "4",
                                  "--latent",
                                  "4",
                                  "--batch-size",
                                  "4",
                                  "--n-critic",
                                  "2",
                                  "--print-freq",
                                  "1",
                                  "--validation-pictures",
                                  "4"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  const Finished made = imago({"generate", "-n", "tones", "-o", "new", "--count", "3"});
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(made.out, "3 sounds in new, listed in new/index.csv\n");
  const Finished again = imago({"generate", "-n", "tones", "-o", "new", "--count", "1"});
  EXPECT_EQ(again.status, 1);
  EXPECT_NE(again.err.find("sounds are generated into a folder of their own"), std::string::npos)
      << again.err;
  EXPECT_EQ(again.err.find("picture"), std::string::npos) << again.err;
  EXPECT_EQ(imago({"generate", "-n", "tones", "-o", "one", "--count", "1"}).out,
            "1 sound in one, listed in one/index.csv\n");
  std::set<std::vector<float>> different;
  for (const char* name : {"000000.wav", "000001.wav", "000002.wav"}) {
    const Sound sound = read_wav(folder_ / "new" / name);
    EXPECT_EQ(sound.rate, 8000);
    EXPECT_EQ(sound.samples.size(), 1024u);
    different.insert(sound.samples);
  }
  EXPECT_EQ(different.size(), 3u);
  EXPECT_NE(content_of(folder_ / "new" / "index.csv").find("000002.wav,2"), std::string::npos);
  EXPECT_NE(content_of(folder_ / "new" / "000000.wav").find("trainedAlgorithmicMedia"),
            std::string::npos);
  write_text("tones/broken.wav", "RIFF and nothing more");
  const Finished broken = imago({"train", "wavegan", "--dataroot", "tones", "--name", "broken"});
  EXPECT_EQ(broken.status, 1);
  EXPECT_NE(broken.err.find("1 file cannot be read: "), std::string::npos) << broken.err;
  EXPECT_FALSE(fs::exists(folder_ / "checkpoints" / "broken"));
  bool listened = false;
  for (const auto& file : fs::directory_iterator(folder_ / "checkpoints" / "tones" / "samples"))
    listened = listened || file.path().extension() == ".wav";
  EXPECT_TRUE(listened);
}

}  // namespace
}  // namespace imago
