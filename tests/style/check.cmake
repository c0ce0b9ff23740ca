# The test `style`: every source file is formatted as .clang-format says, and the arrows between the
# folders run one way (shaders -> compute -> models -> {cli, gui}).
#
#   cmake -DROOT=<source folder> -P tests/style/check.cmake
cmake_minimum_required(VERSION 3.25)
set(complaints "")

# forbid(REASON PATTERN FILE...): no #include of FILEs may match the regex PATTERN.
function(forbid reason pattern)
  foreach(file IN LISTS ARGN)
    file(STRINGS ${file} includes REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]${pattern}")
    file(RELATIVE_PATH name ${ROOT} ${file})
    foreach(line IN LISTS includes)
      set(complaints "${complaints}${name}: ${line}: ${reason}\n" PARENT_SCOPE)
      set(complaints "${complaints}${name}: ${line}: ${reason}\n")
    endforeach()
  endforeach()
endfunction()

foreach(folder shaders compute models cli gui tests)
  file(GLOB_RECURSE ${folder}_files ${ROOT}/${folder}/*.h ${ROOT}/${folder}/*.cpp)
endforeach()
set(session_files ${gui_files})
list(FILTER session_files INCLUDE REGEX "/gui/session[^/]*$")
set(widget_files ${gui_files})
list(FILTER widget_files EXCLUDE REGEX "/gui/session[^/]*$")

set(qt "(Q[A-Z]|Qt)")
forbid("shaders/ knows nothing above it" "(compute|models|cli|gui)/" ${shaders_files})
forbid("compute/ knows nothing of models, programs or Qt" "(models/|cli/|gui/|${qt}|opencv)"
       ${compute_files})
forbid("models/ knows nothing of the programs, Qt or Vulkan" "(cli/|gui/|${qt}|vulkan/)"
       ${models_files})
forbid("cli/ knows nothing of the app, Qt or Vulkan" "(gui/|${qt}|vulkan/)" ${cli_files})
forbid("gui/ knows nothing of Vulkan, the engine or the command line" "(vulkan/|compute/|cli/)"
       ${gui_files})
forbid("only gui/session talks to models/" "models/" ${widget_files})

find_program(CLANG_FORMAT NAMES clang-format clang-format-14)
if(CLANG_FORMAT)
  execute_process(
    COMMAND ${CLANG_FORMAT} --dry-run -Werror ${shaders_files} ${compute_files} ${models_files}
            ${cli_files} ${gui_files} ${tests_files}
    WORKING_DIRECTORY ${ROOT}
    RESULT_VARIABLE status
    ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    string(APPEND complaints "${output}\nRun clang-format -i on the files above.\n")
  endif()
else()
  message(NOTICE "Formatting not checked: clang-format is not installed")
endif()

if(complaints)
  message(FATAL_ERROR "${complaints}")
endif()
