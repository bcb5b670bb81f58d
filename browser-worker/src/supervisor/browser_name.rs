//! What runs the guests, as far as a browser tells.

/// The engine's name for the coordinator: at most 64 bytes, for statistics only.
pub(super) fn engine(user_agent: &str) -> String {
    let version = |product: &str| {
        let (_, rest) = user_agent.split_once(product)?;
        let digits: String = rest
            .chars()
            .take_while(char::is_ascii_digit)
            .take(5)
            .collect();
        Some(digits)
    };
    if let Some(version) = version("Firefox/") {
        format!("SpiderMonkey (Firefox {version})")
    } else if let Some(version) = version("Chrome/") {
        format!("V8 (Chrome {version})")
    } else if let Some(version) = version("Version/") {
        format!("JavaScriptCore (Safari {version})")
    } else {
        "a browser".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_told_by_their_products() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        assert_eq!(engine(chrome), "V8 (Chrome 156)");
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
        assert_eq!(engine(firefox), "SpiderMonkey (Firefox 153)");
        let safari = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6 Safari/605.1.15";
        assert_eq!(engine(safari), "JavaScriptCore (Safari 26)");
        assert_eq!(engine("curl"), "a browser");
    }
}
