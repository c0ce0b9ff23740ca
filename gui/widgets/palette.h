// What the desktop's colours leave out.
#pragma once

class QPalette;

namespace imago::gui {

/// The contrast of two colours of a palette is at least this where hints can be read (WCAG 2.2's
/// 3:1 for what is large or beside the point).
constexpr double kReadableContrast = 3.0;

/// The contrast of hints (QPalette::PlaceholderText) on windows or on fields, whichever is less.
double hintContrast(const QPalette& palette);

/// Some themes (KDE's dark ones in Qt) say nothing of PlaceholderText, and Qt's own is black: gives
/// the application a paler text colour for hints where they could not be read. Called again when
/// the palette changes.
void keepHintsReadable();

}  // namespace imago::gui
