#include "compute/base/atomic_file.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "compute/base/error.h"
#include "tests/base/folder.h"

namespace imago {
namespace {

void write(const std::filesystem::path& path, const std::string& text) {
  write_file_atomically(path, std::as_bytes(std::span(text.data(), text.size())));
}

// The message of the Error that writing throws; empty if it does not.
std::string failure(const std::filesystem::path& path, const std::string& text = "new") {
  try {
    write(path, text);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(AtomicFile, WritesAndReplaces) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "ä file.pth";
  write(path, "one");
  EXPECT_EQ(content_of(path), "one");
  write(path, "");
  EXPECT_EQ(content_of(path), "");
  EXPECT_EQ(folder.files(), 1u);
}

TEST(AtomicFile, TakesNamesAsLongAsTheyCanBe) {
  const TemporaryFolder folder;
  const auto path = folder.path() / std::string(255, 'x');
  write(path, "long");
  EXPECT_EQ(content_of(path), "long");
}

TEST(AtomicFile, KeepsPermissionsAndLinks) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file", link = folder.path() / "link";
  const mode_t mask = ::umask(027);
  write(path, "old");
  ::umask(mask);
  struct stat status;
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  ::chmod(path.c_str(), 0600);
  std::filesystem::create_symlink("file", link);
  write(link, "new");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(content_of(path), "new");
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(AtomicFile, SaysThatTheFolderIsMissing) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "no such folder" / "file";
  const std::string message = failure(path);
  EXPECT_NE(message.find(path.string()), std::string::npos) << message;
  EXPECT_NE(message.find("create the folder"), std::string::npos) << message;
}

TEST(AtomicFile, LeavesAFolderOfThatNameAlone) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "taken");
  EXPECT_NE(failure(folder.path() / "taken").find("a folder has that name"), std::string::npos);
  EXPECT_EQ(folder.files(), 1u);
}

TEST(AtomicFile, LeavesTheOldFileWhenTheNewOneDoesNotFit) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  write(path, "old");
  // A limit on file size makes write(2) fail half-way, like a full disk.
  rlimit old_limit;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const rlimit limit{100000, old_limit.rlim_max};
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const std::string message = failure(path, std::string(300000, 'x'));
  ::setrlimit(RLIMIT_FSIZE, &old_limit);
  ::signal(SIGXFSZ, old_handler);
  EXPECT_NE(message.find("cannot write " + path.string()), std::string::npos) << message;
  EXPECT_EQ(content_of(path), "old");
  EXPECT_EQ(folder.files(), 1u);  // no temporary file left
}

// Fills a file system of 64 KiB that only a child process sees. Its exit status says what happened.
enum FullDisk { kGood, kNotPermitted, kNoAdvice, kTemporaryLeft, kOldFileLost };

FullDisk fill_a_small_disk(const TemporaryFolder& folder) {
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0) {
    return kNotPermitted;
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0) {
    return kNotPermitted;
  }
  write(folder.path() / "file", "old");
  const std::string message = failure(folder.path() / "file", std::string(100000, 'x'));
  if (message.find("free some space") == std::string::npos) return kNoAdvice;
  if (folder.files() != 1) return kTemporaryLeft;
  return content_of(folder.path() / "file") == "old" ? kGood : kOldFileLost;
}

TEST(AtomicFile, SaysThatTheDiskIsFullAndKeepsTheOldFile) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(fill_a_small_disk(folder));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNotPermitted) GTEST_SKIP() << "may not mount a small file system";
  EXPECT_EQ(WEXITSTATUS(status), kGood);
}

TEST(AtomicFile, SaysThatTheFolderIsReadOnly) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  write(path, "old");
  ::chmod(folder.path().c_str(), 0555);
  // Root writes everywhere; be somebody else for the moment.
  const bool root = ::geteuid() == 0;
  if (root && ::seteuid(65534) != 0) GTEST_SKIP() << "root, and cannot become somebody else";
  const std::string message = failure(path);
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ::chmod(folder.path().c_str(), 0755);
  EXPECT_NE(message.find("a folder that you may write to"), std::string::npos) << message;
  EXPECT_EQ(content_of(path), "old");
  EXPECT_EQ(folder.files(), 1u);
}

}  // namespace
}  // namespace imago
