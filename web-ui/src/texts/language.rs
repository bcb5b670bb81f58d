//! The languages, and which of them this browser wants.

use crate::browser;
use unic_langid::LanguageIdentifier;

/// Where the choice is kept.
const SAVED_AS: &str = "manyhands.language";

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

/// The Fluent files of a language, one for each page.
macro_rules! files {
    ($folder:literal) => {
        &[
            include_str!(concat!("../../locales/", $folder, "/shell.ftl")),
            include_str!(concat!("../../locales/", $folder, "/volunteer.ftl")),
            include_str!(concat!("../../locales/", $folder, "/submit.ftl")),
            include_str!(concat!("../../locales/", $folder, "/job.ftl")),
            include_str!(concat!("../../locales/", $folder, "/again.ftl")),
            include_str!(concat!("../../locales/", $folder, "/jobs.ftl")),
            include_str!(concat!("../../locales/", $folder, "/ledger.ftl")),
            include_str!(concat!("../../locales/", $folder, "/entry.ftl")),
            include_str!(concat!("../../locales/", $folder, "/status.ftl")),
            include_str!(concat!("../../locales/", $folder, "/trouble.ftl")),
        ]
    };
}

impl Language {
    /// All of them, in the order in which they are offered.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Its BCP 47 tag.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// Its name in itself.
    pub(crate) const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    /// For Fluent.
    pub(super) fn identifier(self) -> LanguageIdentifier {
        self.tag().parse().expect("the tags are BCP 47")
    }

    /// Its Fluent files.
    pub(super) const fn files(self) -> &'static [&'static str] {
        match self {
            Self::English => files!("en"),
            Self::Chinese => files!("zh-CN"),
        }
    }

    /// The language of a BCP 47 tag; none when we do not speak it.
    fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            _ => None,
        }
    }

    /// The saved choice, else the first that the browser's user reads, else English.
    pub(crate) fn of_browser() -> Self {
        let saved = browser::saved(SAVED_AS).and_then(|tag| Self::of_tag(&tag));
        let wanted = || {
            let tags = browser::window().navigator().languages();
            tags.iter().find_map(|tag| Self::of_tag(&tag.as_string()?))
        };
        saved.or_else(wanted).unwrap_or(Self::English)
    }

    /// Keeps the choice in this browser.
    pub(super) fn keep(self) {
        browser::save(SAVED_AS, self.tag());
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_tag_of_any_region_finds_its_language_and_others_none() {
        for (tag, language) in [
            ("en", Some(Language::English)),
            ("en-GB", Some(Language::English)),
            ("zh-Hans-SG", Some(Language::Chinese)),
            ("ZH-cn", Some(Language::Chinese)),
            ("de-DE", None),
            ("", None),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag:?}");
        }
    }
}
