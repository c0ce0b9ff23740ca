// Shell completion and the manual page: made from the same options as the help.
#include <regex>
#include <set>
#include <sstream>

#include "tests/cli/process.h"

namespace imago {
namespace {

using Completion = CliTest;

std::set<std::string> options_in(const std::string& text) {
  std::set<std::string> options;
  const std::regex option("(^|[\\s,])(--[A-Za-z][A-Za-z0-9-]*)");
  for (std::sregex_iterator found(text.begin(), text.end(), option), end; found != end; ++found)
    options.insert((*found)[2]);
  return options;
}

/// The first word of each line of options in a help.
std::set<std::string> options_of_help(const std::string& help) {
  std::set<std::string> options;
  std::istringstream lines(help);
  const std::regex first("^  (-[A-Za-z],)?(--[A-Za-z][A-Za-z0-9-]*)");
  std::smatch found;
  for (std::string line; std::getline(lines, line);)
    if (std::regex_search(line, found, first)) options.insert(found[2]);
  return options;
}

TEST_F(Completion, BashCompletesCommandsOptionsAndWords) {
  write_text("imago.bash", imago({"completion", "bash"}).out);
  const auto completed = [&](const std::string& words, int current) {
    const Finished result = run({"/bin/bash", "-c",
                                 "source imago.bash; COMP_WORDS=(" + words +
                                     "); COMP_CWORD=" + std::to_string(current) +
                                     "; _imago; echo \"${COMPREPLY[@]}\""});
    EXPECT_EQ(result.err, "");
    return result.out;
  };
  EXPECT_EQ(completed("imago tra", 1), "translate train\n");
  EXPECT_EQ(completed("imago train pix", 2), "pix2pix\n");
  EXPECT_EQ(completed("imago train pix2pix --gan-mode ''", 4), "vanilla lsgan wgangp hinge wgan\n");
  EXPECT_EQ(completed("imago train pix2pix --lambda", 3), "--lambda-L1 --lambda-feat\n");
  EXPECT_EQ(completed("imago translate --self", 2), "--self-ensemble\n");
}

// Types each argument and Tab into an interactive zsh; prints what the line then is.
constexpr const char* kTypeInZsh = R"(
zmodload zsh/zpty
mkfifo told
exec {answers}<>told  # held open, so that no answer is taken for the end of the last one
zpty shell zsh -f -i
zpty -w shell "fpath=($PWD \$fpath); autoload -U compinit; compinit -u -D"
zpty -w shell "tell() { print -r -- \$BUFFER > $PWD/told; BUFFER= }"
zpty -w shell "zle -N tell; bindkey '^X' tell; print ready > $PWD/told"
read -u $answers line
for words; do
  zpty -w -n shell "$words"$'\t\x18'
  read -r -u $answers line
  print -r -- "$line"
done
zpty -d shell
)";

TEST_F(Completion, ZshCompletesCommandsOptionsAndWords) {
  write_text("_imago", imago({"completion", "zsh"}).out);
  write_text("type.zsh", kTypeInZsh);
  if (run({"/bin/sh", "-c", "command -v zsh"}).status != 0)
    GTEST_SKIP() << "zsh's side was not tested: it is not installed";
  const Finished result =
      run({"/bin/sh", "-c",
           "zsh -f type.zsh 'imago transl' 'imago train pix' 'imago translate --self' "
           "'imago train pix2pix --gan-mode van'"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out,
            "imago translate\nimago train pix2pix\nimago translate --self-ensemble\n"
            "imago train pix2pix --gan-mode vanilla\n");
}

TEST_F(Completion, TheManualHasEveryOptionOfTheHelp) {
  std::string manual = imago({"man"}).out;
  manual = std::regex_replace(manual, std::regex("\\\\-"), "-");
  manual = std::regex_replace(manual, std::regex("\\\\f[BRI]"), " ");
  const std::set<std::string> known = options_in(manual);
  const std::vector<std::vector<std::string>> commands = {
      {"translate"}, {"train", "pix2pix"}, {"train", "cyclegan"}, {"train", "srgan"}, {"resume"},
      {"test"},      {"evaluate"},         {"check-data"},        {"info"},           {"devices"},
      {"export"}};
  for (std::vector<std::string> command : commands) {
    command.push_back("--help");
    const Finished help = imago(command);
    const std::set<std::string> options = options_of_help(help.out);
    EXPECT_GT(options.size(), 1u) << help.out;
    for (const std::string& option : options)
      EXPECT_TRUE(known.contains(option)) << command[0] << " " << option;
  }
  // Old names stand there too.
  for (const char* old : {"--average", "--recompute", "--eight-fold", "--shifts", "--niter"})
    EXPECT_TRUE(known.contains(old)) << old;
}

TEST_F(Completion, TheManualIsGoodRoff) {
  write_text("imago.1", imago({"man"}).out);
  if (run({"/bin/sh", "-c", "command -v groff"}).status != 0)
    GTEST_SKIP() << "roff's side was not tested: groff is not installed";
  const Finished result = run({"/bin/sh", "-c", "groff -man -Tascii -ww -z imago.1"});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.err, "");
}

}  // namespace
}  // namespace imago
