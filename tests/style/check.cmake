# The test `style`: every source file is formatted as .clang-format says.
#
#   cmake -DROOT=<source folder> -P tests/style/check.cmake
cmake_minimum_required(VERSION 3.25)
set(files "")
foreach(folder shaders compute models cli gui tests)
  file(GLOB_RECURSE found ${ROOT}/${folder}/*.h ${ROOT}/${folder}/*.cpp)
  list(APPEND files ${found})
endforeach()

# Versions differ in how they format C++20: this is Debian 12's.
find_program(CLANG_FORMAT NAMES clang-format-14 clang-format)
set(version "")
if(CLANG_FORMAT)
  execute_process(COMMAND ${CLANG_FORMAT} --version OUTPUT_VARIABLE version)
endif()
if(NOT version MATCHES "version 14\\.")
  message(NOTICE "Formatting not checked: clang-format 14 is not installed")
  return()
endif()
execute_process(
  COMMAND ${CLANG_FORMAT} --dry-run -Werror ${files}
  WORKING_DIRECTORY ${ROOT}
  RESULT_VARIABLE status
  ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${output}\nRun clang-format -i on the files above.")
endif()
