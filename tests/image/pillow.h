// Questions to Pillow about files that Imago wrote.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <map>

#include "tests/image/support.h"

namespace imago::test {

using Facts = std::map<std::string, std::string>;

inline bool have_pillow() {
  static const bool have = std::system("/usr/bin/python3 -c 'import PIL' > /dev/null 2>&1") == 0;
  return have;
}

/// Asks Pillow about many files at once: starting Python takes longer than all the answers.
class Pillow {
 public:
  using Check = std::function<void(const Facts&)>;

  /// `script`: of tests/fixtures.
  explicit Pillow(std::string script = "read_image.py") : script_(std::move(script)) {}

  /// `check` is called with the answer about `file` when the questions are put.
  void ask(const std::string& about, const File& file, Check check) {
    const fs::path path = folder_.path() / std::to_string(questions_.size());
    write(path, file);
    questions_.push_back({about, path, std::move(check)});
  }

  void put_questions() const {
    std::string command = "/usr/bin/python3 '" IMAGO_FIXTURES "/" + script_ + "'";
    for (const Question& question : questions_) command += " '" + question.path.string() + "'";
    command += " 2>&1";
    std::string output;
    FILE* pipe = popen(command.c_str(), "r");
    for (int letter; (letter = std::fgetc(pipe)) != EOF;) output += static_cast<char>(letter);
    ASSERT_EQ(pclose(pipe), 0) << output;
    std::istringstream lines(output);
    for (const Question& question : questions_) {
      SCOPED_TRACE(question.about);
      question.check(next_answer(lines));
    }
  }

 private:
  struct Question {
    std::string about;
    fs::path path;
    Check check;
  };

  /// Lines of `key value` up to an empty one.
  static Facts next_answer(std::istream& lines) {
    Facts facts;
    for (std::string line; std::getline(lines, line) && !line.empty();) {
      const size_t space = line.find(' ');
      facts[line.substr(0, space)] = line.substr(space + 1);
    }
    return facts;
  }

  std::string script_;
  TemporaryFolder folder_;
  std::vector<Question> questions_;
};

#define REQUIRE_PILLOW() \
  if (!have_pillow()) GTEST_SKIP() << "/usr/bin/python3 has no Pillow (Debian: python3-pil)"

}  // namespace imago::test
