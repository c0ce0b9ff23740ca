// In sanitizer builds the test programs never unload a library. The Vulkan loader unloads a driver
// with its last instance, and LeakSanitizer could then no longer tell whose a leaked block was:
// its stack would be in an "unknown module", which no line of lsan.supp can name.
extern "C" int dlclose(void*) noexcept { return 0; }
