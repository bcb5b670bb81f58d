//! Light, dark, or what the system says. The colours are custom properties in `static/style.css`.

use crate::browser;

/// Where the choice is kept; `static/early.js` reads it too, before anything is drawn.
const SAVED_AS: &str = "manyhands.theme";

/// Which colours the pages have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    /// Those of the system.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// All of them, in the order in which they are offered.
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name in storage and in `data-theme`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of that name; the system's for any other text.
    pub(crate) fn of_name(name: &str) -> Self {
        let found = Self::ALL.into_iter().find(|theme| theme.name() == name);
        found.unwrap_or(Self::System)
    }

    /// What was chosen in this browser before.
    pub(crate) fn saved() -> Self {
        browser::saved(SAVED_AS).map_or(Self::System, |name| Self::of_name(&name))
    }

    /// Shows it and keeps the choice.
    pub(crate) fn choose(self) {
        let chosen = (self != Self::System).then_some(self.name());
        browser::set_root_attribute("data-theme", chosen);
        browser::save(SAVED_AS, self.name());
    }
}

#[cfg(test)]
mod tests {
    use super::Theme;

    #[test]
    fn a_theme_is_found_by_its_name_and_an_unknown_name_is_the_system_s() {
        for theme in Theme::ALL {
            assert_eq!(Theme::of_name(theme.name()), theme);
        }
        assert_eq!(Theme::of_name("pink"), Theme::System);
    }
}
